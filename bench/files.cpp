// Files: 400 MB of parameters saved, loaded and mapped, beside write and fsync, and read, of as many bytes by hand. The
// floors make the same checksums.
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <capstan/capstan.hpp>

#include "support/measure.hpp"
#include "support/report.hpp"

using namespace capstan;

namespace {

struct Net {
  std::vector<Parameter> layers;

  template <class Visitor>
  void visit(Visitor&& v) {
    v("layers", layers);
  }
};

Net make_net(std::int64_t count, std::int64_t side) {
  Net net;
  Rng rng{1};
  for (std::int64_t i = 0; i < count; ++i) net.layers.emplace_back("W", Tensor::uniform({side, side}, rng));
  return net;
}

std::size_t bytes_of(const Net& net) {
  return net.layers.size() * static_cast<std::size_t>(net.layers[0].value().elements()) * sizeof(float);
}

void check(bool fine) {
  if (!fine) throw std::runtime_error{"the floor's file cannot be written or read"};
}

void write_by_hand(const std::filesystem::path& path, const Net& net, std::uint64_t& sum) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  for (const Parameter& p : net.layers) {
    const auto elements = p.value().data<float>();
    sum ^= XXH3_64bits(elements.data(), elements.size_bytes());
    check(write(file, elements.data(), elements.size_bytes()) == static_cast<ssize_t>(elements.size_bytes()));
  }
  check(fsync(file) == 0 && close(file) == 0);
}

void read_by_hand(const std::filesystem::path& path, std::vector<std::vector<float>>& memory, std::uint64_t& sum) {
  const int file = open(path.c_str(), O_RDONLY);
  for (std::vector<float>& part : memory) {
    const std::size_t bytes = part.size() * sizeof(float);
    check(read(file, part.data(), bytes) == static_cast<ssize_t>(bytes));
    sum ^= XXH3_64bits(part.data(), bytes);
  }
  close(file);
}

bench::Record record(const std::string& variant, const std::string& floor, double target,
                     const std::vector<bench::Lap>& laps) {
  return {.workload = "files",
          .variant = variant,
          .unit = "ms",
          .ours = laps[0].seconds * 1e3,
          .floor = laps[1].seconds * 1e3,
          .ratio_floor = laps[1].ratio,
          .target = target,
          .floor_name = floor};
}

std::vector<bench::Record> measure(const bench::Options& options) {
  const std::int64_t side = options.quick ? 64 : 1000;
  const int rounds = options.quick ? 2 : 9;
  Net net = make_net(100, side);
  const std::filesystem::path folder = std::filesystem::current_path() / "bench_files.tmp";
  std::filesystem::create_directories(folder);
  const std::filesystem::path ours = folder / "ours", by_hand = folder / "by_hand";
  const std::string size = fmt::format("{:.0f} MB", static_cast<double>(bytes_of(net)) / 1e6);
  std::uint64_t sum = 0;
  std::vector<bench::Record> records;
  records.push_back(
      record("save, " + size, "write, fsync and checksums by hand", 1.2,
             bench::race(rounds, 0.0, {[&] { io::save(net, ours); }, [&] { write_by_hand(by_hand, net, sum); }})));
  std::vector<std::vector<float>> memory(net.layers.size(), std::vector<float>(static_cast<std::size_t>(side * side)));
  records.push_back(
      record("load, " + size, "read and checksums by hand", 1.2,
             bench::race(rounds, 0.0, {[&] { io::load(net, ours); }, [&] { read_by_hand(by_hand, memory, sum); }})));
  double first = 0.0;
  bench::Record mapped = record("map, until the first tensor is there, " + size, "open and close", 5.0,
                                bench::race(rounds, 0.0,
                                            {[&] { first += io::load_safetensors(ours)["layers.0"].at({0, 0}); },
                                             [&] { close(open(ours.c_str(), O_RDONLY)); }}));
  mapped.absolute = true;
  records.push_back(mapped);
  check(first != 1.0 && sum != 1);
  std::filesystem::remove_all(folder);
  return records;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "Saving, loading and mapping of parameters.", measure);
}
