// kills [COUNT [SEED]]: a process saves over a checkpoint again and again, and is killed by SIGKILL – before each call of
// the system that a save makes, also over a file that nobody may write, and COUNT times at random. After every kill the
// checkpoint must load, whole, and be none older than the last one whose save had returned; after the next save nothing
// else may lie in the folder.
#include <capstan/io.hpp>
#include <capstan/models.hpp>
#include <capstan/optim.hpp>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <new>
#include <random>

#include <fmt/core.h>

#include "checkpoint/write.hpp"
#include "failing_system.hpp"

using namespace capstan;

namespace {

/// What is saved, all of one number.
struct Net {
  Parameter a{"a", Tensor::zeros({300, 200})}, b{"b", Tensor::zeros({7}, DType::f64)},
      c{"c", Tensor::zeros({500, 100})};

  template <class Visitor>
  void visit(Visitor&& v) {
    v("a", a);
    v("b", b);
    v("c", c);
  }
  void set(double number) {
    for (Parameter* const p : {&a, &b, &c}) p->assign(Tensor::full(p->shape(), number, p->dtype()));
  }
  /// The number; −1 if it is not the same everywhere.
  double number() const {
    const double first = b.value().at({0});
    for (const Parameter* const p : {&a, &b, &c}) {
      const Tensor all = p->value().reshape({p->value().elements()});
      for (std::int64_t i = 0; i < all.elements(); ++i) {
        if (all.at({i}) != first) return -1.0;
      }
    }
    return first;
  }
};

void save(Net& net, const std::filesystem::path& file, io::System& system, double number) {
  net.set(number);
  const io::CheckpointExtras extras{{{"number", fmt::format("{}", number)}}, {}};
  io::write_checkpoint({"save_checkpoint", file, std::source_location::current()}, system, {named_state(net)}, extras);
}

[[noreturn]] void fail(std::string_view why, double at_least, double found) {
  fmt::print("kills: {}: at least {} was saved, {} is there\n", why, at_least, found);
  std::exit(1);
}

/// Loads what a kill left, and answers with its number.
double check(const std::filesystem::path& file, double at_least) {
  Net net;
  const io::CheckpointExtras extras = io::load_checkpoint(file, {named_state(net)});
  const double number = net.number();
  if (number < at_least) fail("a checkpoint was lost", at_least, number);
  if (extras.values.at("number") != fmt::format("{}", number)) fail("two checkpoints were mixed", at_least, number);
  return number;
}

void check_litter(const std::filesystem::path& folder) {
  const auto count = std::distance(std::filesystem::directory_iterator{folder}, {});
  if (count != 1) fail("files were left over", 1.0, static_cast<double>(count));
}

/// Runs `work` in a process of its own, which `until` ends or waits for.
template <class Work, class Until>
void in_child(const Work& work, const Until& until) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    std::_Exit(0);
  }
  until(child);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) fail("the process was not killed", 0.0, 0.0);
}

int kill_at_every_call(const std::filesystem::path& file) {
  Net net;
  test::FailingSystem whole;
  save(net, file, whole, 1.0);
  save(net, file, io::System::real(), 1.0);
  const std::size_t calls = whole.calls().size() + 1;  // an old file adds one
  for (std::size_t call = 0; call < calls; ++call) {
    const double next = static_cast<double>(call) + 2.0;
    in_child(
        [&] {
          test::FailingSystem system{test::Fault::kill, call};
          save(net, file, system, next);
        },
        [](pid_t) {});
    (void)check(file, next - 1.0);
    save(net, file, io::System::real(), next);
    check_litter(file.parent_path());
  }
  return static_cast<int>(calls);
}

/// Root may write what nobody may write: it goes on as somebody else.
void drop_rights() {
  if (geteuid() != 0) return;
  if (setgid(65534) != 0 || setuid(65534) != 0) std::_Exit(2);
}

/// A file that nobody may write is replaced by one that nobody may write, and what a kill has left of that must not keep
/// out the next save.
void kill_over_read_only(const std::filesystem::path& file, int calls) {
  Net net;
  save(net, file, io::System::real(), 1.0);
  std::filesystem::permissions(file.parent_path(), std::filesystem::perms::all);
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::others_read);
  if (geteuid() == 0 && chown(file.c_str(), 65534, 65534) != 0) fail("a file could not be given away", 0.0, 0.0);
  for (int call = 0; call < calls; ++call) {
    const double next = static_cast<double>(call) + 2.0;
    in_child(
        [&] {
          drop_rights();
          test::FailingSystem system{test::Fault::kill, static_cast<std::size_t>(call)};
          save(net, file, system, next);
        },
        [](pid_t) {});
    (void)check(file, next - 1.0);
    in_child(
        [&] {
          drop_rights();
          save(net, file, io::System::real(), next);
          std::raise(SIGKILL);  // how a child that is done ends here
        },
        [](pid_t) {});
    (void)check(file, next);
    check_litter(file.parent_path());
  }
}

void kill_at_random(const std::filesystem::path& file, int count, std::uint64_t seed) {
  void* const shared =
      mmap(nullptr, sizeof(std::atomic<double>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& saved = *new (shared) std::atomic<double>{0.0};  // the last number whose save returned
  std::mt19937_64 random{seed};
  Net net;
  for (int i = 0; i < count; ++i) {
    saved = check(file, saved);
    in_child(
        [&] {
          for (double number = saved + 1.0;; number += 1.0) {
            save(net, file, io::System::real(), number);
            saved = number;
          }
        },
        [&](pid_t child) {
          usleep(static_cast<useconds_t>(random() % 12'000));
          kill(child, SIGKILL);
        });
    (void)check(file, saved);
  }
  save(net, file, io::System::real(), saved + 1.0);
  check_litter(file.parent_path());
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 300;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
  std::string pattern = (std::filesystem::temp_directory_path() / "capstan_kills_XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  const std::filesystem::path file = folder / "checkpoint.safetensors";
  const int calls = kill_at_every_call(file);
  std::filesystem::permissions(folder, std::filesystem::perms::others_exec, std::filesystem::perm_options::add);
  std::filesystem::create_directory(folder / "read_only");
  kill_over_read_only(folder / "read_only" / "checkpoint.safetensors", calls);
  std::filesystem::remove_all(folder / "read_only");
  kill_at_random(file, count, seed);
  std::filesystem::remove_all(folder);
  fmt::print("kills: {} at calls, twice, {} at random (seed {}), none lost\n", calls, count, seed);
}
