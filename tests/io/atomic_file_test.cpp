// Faults of the disk while a file is replaced: the old file stays whole, nothing is left over, and the error says what
// failed.
#include <capstan/io.hpp>
#include <capstan/io/leftovers.hpp>
#include <capstan/tensor.hpp>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <system_error>

#include "catch.hpp"
#include "data/files.hpp"
#include "failing_system.hpp"
#include "file/atomic_file.hpp"
#include "npy/write.hpp"
#include "safetensors/write.hpp"

using namespace capstan;
using Catch::Contains;

namespace {

std::vector<io::TensorToWrite> tensors(double value) {
  return {{"a", Tensor::full({100, 100}, value)},
          {"b", Tensor::full({3}, value, DType::f64)},
          {"c", Tensor::full({200, 200}, value)}};
}

void save(const std::filesystem::path& file, io::System& system, double value) {
  io::write_safetensors({"save", file, std::source_location::current()}, system, tensors(value), {});
}

/// The value that all elements have; the checksums are right.
double value_in(const std::filesystem::path& file) {
  const io::TensorFile found = io::load_safetensors(file);
  found.verify();
  const double value = found["b"].at({0});
  for (const auto& [name, type] : found.entries()) {
    const Tensor all = found[name];
    for (const std::int64_t position : {std::int64_t{0}, all.elements() - 1}) {
      REQUIRE(all.reshape({all.elements()}).at({position}) == value);
    }
  }
  return value;
}

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

std::vector<std::string> calls_of_a_save() {
  const test::Folder folder;
  test::FailingSystem system;
  save(folder.path() / "x", system, 0.0);
  return system.calls();
}

}  // namespace

TEST_CASE("a save opens, locks, writes, syncs, renames and syncs the folder") {
  CHECK(calls_of_a_save() ==
        std::vector<std::string>{"open", "flock", "ftruncate", "write", "write", "fsync", "rename", "open", "fsync"});
}

TEST_CASE("whichever call of a save fails, the old file or the new one is whole and nothing is left over") {
  const auto [fault, word] = GENERATE(table<test::Fault, std::string>(
      {{test::Fault::no_space, "No space left on device"}, {test::Fault::disk, "Input/output error"}}));
  const std::vector<std::string> calls = calls_of_a_save();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    CAPTURE(word, i, calls[i]);
    const test::Folder folder;
    const std::filesystem::path file = folder.path() / "net.safetensors";
    save(file, io::System::real(), 1.0);
    test::FailingSystem failing{fault, i + (i >= 5 ? 1 : 0)};  // an old file adds fchmod before fsync
    std::string message;
    try {
      save(file, failing, 2.0);
    } catch (const IoError& error) {
      message = error.what();
    }
    const std::string failed = failing.calls().back();
    CHECK_THAT(message, Contains(failed) && Contains(word) && Contains("net.safetensors"));
    const bool renamed = i > 6;
    CHECK(value_in(file) == (renamed ? 2.0 : 1.0));
    save(file, io::System::real(), 3.0);
    CHECK(value_in(file) == 3.0);
    CHECK(files_in(folder.path()) == 1);
  }
}

TEST_CASE("a save goes on after interrupts and short writes, at whichever call") {
  const test::Fault fault = GENERATE(test::Fault::interrupted, test::Fault::short_write);
  const std::size_t count = calls_of_a_save().size() + 1;
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    const test::Folder folder;
    const std::filesystem::path file = folder.path() / "x";
    save(file, io::System::real(), 1.0);
    test::FailingSystem system{fault, i};
    // An interrupted fchmod is not tried again: no system interrupts it.
    if (fault == test::Fault::interrupted && i == 5) continue;
    save(file, system, 2.0);
    CHECK(value_in(file) == 2.0);
  }
}

TEST_CASE("a system that writes nothing and does not say why does not hang a save") {
  const test::Folder folder;
  test::FailingSystem system{test::Fault::nothing, 3};
  CHECK_THROWS_AS(save(folder.path() / "x", system, 1.0), IoError);
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("npy and npz files are replaced as a whole, too") {
  const test::Folder folder;
  const std::filesystem::path npy = folder.path() / "x.npy", npz = folder.path() / "x.npz";
  io::save_npy(npy, Tensor::scalar(1.0));
  io::save_npz(npz, {{"x", Tensor::scalar(1.0)}});
  const auto write = [&](io::System& system, bool archive) {
    const Tensor big = Tensor::full({300, 300}, 2.0);
    const auto where = std::source_location::current();
    if (archive) io::write_npz({"save_npz", npz, where}, system, {{"x", big}, {"y", big}}, {});
    if (!archive) io::write_npy({"save_npy", npy, where}, system, big);
  };
  for (const bool archive : {false, true}) {
    for (std::size_t call = 0;; ++call) {
      CAPTURE(archive, call);
      test::FailingSystem system{test::Fault::no_space, call};
      bool failed = false;
      try {
        write(system, archive);
      } catch (const IoError&) {
        failed = true;
      }
      const std::vector<std::string>& calls = system.calls();
      const bool all_called = calls.size() <= call;
      CHECK(failed == !all_called);
      if (all_called) break;
      const bool replaced = std::find(calls.begin(), calls.end() - 1, "rename") != calls.end() - 1;
      const Tensor there = archive ? io::load_npz(npz).at("x") : io::load_npy(npy);
      CHECK(there.at(std::vector<std::int64_t>(there.rank(), 0)) == (replaced ? 2.0 : 1.0));
      // A file that another process may have locked is left to the next save.
      CHECK(files_in(folder.path()) == (calls.back() == "flock" ? 3 : 2));
    }
  }
}

TEST_CASE("a limit of the size of files is reported as what it is") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  save(file, io::System::real(), 1.0);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{100'000, old.rlim_max};
  auto* const handler = std::signal(SIGXFSZ, SIG_DFL);  // which ends a process that does not hold the signal off
  setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  try {
    save(file, io::System::real(), 2.0);
  } catch (const IoError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(message, Contains("write of") && Contains("File too large") && Contains("offset 100000"));
  CHECK(value_in(file) == 1.0);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("what a save that ended too early has left is gone after the next one") {
  const test::Folder folder;
  (void)folder.write(".x.partial", std::string(1'000'000, 'z'));
  save(folder.path() / "x", io::System::real(), 1.0);
  CHECK(value_in(folder.path() / "x") == 1.0);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE(
    "a temporary file that cannot be opened is one that a killed save has left, and makes room for the next one") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  save(file, io::System::real(), 1.0);
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  std::filesystem::permissions(folder.write(".x.partial", "half"), std::filesystem::perms::owner_read);
  test::FailingSystem system{test::Fault::denied, 0};  // root may open it
  save(file, system, 2.0);
  CHECK(system.calls()[1] == "open");
  CHECK(value_in(file) == 2.0);
  CHECK(files_in(folder.path()) == 1);
  CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms::owner_read);
}

TEST_CASE("file systems without permissions and locks are written to") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  save(file, io::System::real(), 1.0);
  for (const auto& [fault, call] :
       {std::pair{test::Fault::no_locks, std::size_t{1}}, std::pair{test::Fault::not_allowed, std::size_t{5}}}) {
    test::FailingSystem system{fault, call};
    save(file, system, static_cast<double>(call));
    CHECK(system.calls()[call] == (call == 1 ? "flock" : "fchmod"));
    CHECK(value_in(file) == static_cast<double>(call));
  }
}

TEST_CASE("a temporary file that is another one each time does not hang a save") {
  struct Unstable final : io::System {
    std::filesystem::path temporary;
    int calls = 0;
    int lock(int) override {
      ++calls;
      return ::unlink(temporary.c_str());
    }
  } system;
  const test::Folder folder;
  system.temporary = folder.path() / ".x.partial";
  CHECK_THROWS_WITH(save(folder.path() / "x", system, 1.0), Contains("is another file each time"));
  CHECK(system.calls < 10'000);
}

TEST_CASE("names of any length that a system takes are written and replaced") {
  const test::Folder folder;
  for (const std::size_t length : {246, 247, 250, 255}) {
    const std::filesystem::path file = folder.path() / std::string(length, 'n');
    for (const double value : {1.0, 2.0}) {
      save(file, io::System::real(), value);
      CHECK(value_in(file) == value);
    }
    CHECK(files_in(folder.path()) == 1);
    std::filesystem::remove(file);
  }
}

TEST_CASE("a full disk leaves the old file whole and no litter") {
  const test::Folder folder;
  const std::string options = fmt::format("size=256k,mode=700,uid={}", ::getuid());
  if (::mount("none", folder.path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
    WARN("skipped: mounting a small tmpfs is refused: " << std::generic_category().message(errno));
    return;
  }
  {
    const std::filesystem::path file = folder.path() / "x";
    save(file, io::System::real(), 1.0);  // 200 KB, of which a second one does not fit
    CHECK_THROWS_WITH(save(file, io::System::real(), 2.0), Contains("No space left on device") && Contains("write of"));
    CHECK(value_in(file) == 1.0);
    CHECK(files_in(folder.path()) == 1);
    std::filesystem::remove(file);
    save(file, io::System::real(), 3.0);
    CHECK(value_in(file) == 3.0);
  }
  CHECK(::umount2(folder.path().c_str(), MNT_DETACH) == 0);
}

TEST_CASE("what a save has left is removed unless somebody is writing it") {
  const test::Folder folder;
  const std::filesystem::path left = folder.write(".x.partial", "half");
  CHECK(io::target_of_leftover(".x.partial") == "x");
  CHECK(io::target_of_leftover("x.partial").empty());
  CHECK(io::target_of_leftover("..partial").empty());
  const int file = ::open(left.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(io::System::try_lock(file));
  io::remove_leftover(folder.path() / "x");
  CHECK(std::filesystem::exists(left));
  ::close(file);
  io::remove_leftover(folder.path() / "x");
  CHECK(!std::filesystem::exists(left));
}

TEST_CASE("a save keeps the permissions of the file and follows a link to it") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x", link = folder.path() / "link";
  save(file, io::System::real(), 1.0);
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::create_symlink("x", link);
  save(link, io::System::real(), 2.0);
  CHECK(std::filesystem::is_symlink(link));
  CHECK(value_in(file) == 2.0);
  CHECK(std::filesystem::status(file).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("folders, pipes and devices are neither read nor written over") {
  const test::Folder folder;
  const std::filesystem::path pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const std::vector<std::pair<std::filesystem::path, std::string>> all{
      {folder.path(), "a folder"}, {pipe, "a pipe"}, {"/dev/null", "a device"}, {"/dev/zero", "a device"}};
  for (const auto& [path, word] : all) {
    CAPTURE(path);
    CHECK_THROWS_WITH(io::load_safetensors(path), Contains("a file is wanted, and this is " + word));
    CHECK_THROWS_WITH(io::load_npy(path), Contains(word));
    CHECK_THROWS_WITH(io::load_npz(path), Contains(word));
    CHECK_THROWS_WITH(io::save_npy(path, Tensor::ones({1})), Contains("a file is wanted, and this is " + word));
  }
}

TEST_CASE("a file that is not there, and a folder that is not there, are named") {
  const test::Folder folder;
  CHECK_THROWS_WITH(io::load_safetensors(folder.path() / "none"),
                    Contains("open says: No such file or directory") && Contains("none\""));
  CHECK_THROWS_WITH(io::save_npy(folder.path() / "none" / "x.npy", Tensor::ones({1})),
                    Contains("open of") && Contains("No such file or directory"));
}
