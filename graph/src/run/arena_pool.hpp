// ArenaPool: the arenas that plans run in, and memory for copies of values. A step takes its arenas from the pool and
// gives them back when the tape is rewound. An arena that a user's tensor still refers to is not taken, so that a
// tensor read from a tape never changes. Taking and giving back an arena costs the same for any number of arenas: a
// step may take millions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <capstan/tensor/storage.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

class ArenaPool {
 public:
  /// Returns a free arena of at least this size, one of the smallest, or a new one. A smaller free arena is dropped for
  /// a new one, so that a tape whose needs grow does not collect small arenas.
  StoragePtr take(std::size_t bytes);
  /// Takes back an arena that `take` returned.
  void give_back(StoragePtr arena) noexcept;
  /// To be called when all arenas of a step were given back. Drops arenas that were not taken for many steps: those
  /// that users hold, and all but a few of the free ones.
  void end_step() noexcept {
    if (++step_ % 4 == 0) drop_idle();  // not in every step, which would cost time
  }
  /// The number of arenas that were given back while users still hold them.
  std::size_t held() const noexcept;

 private:
  struct Pooled {
    StoragePtr arena;
    std::uint64_t given_back;  ///< the number of the step
  };
  using Pile = std::vector<Pooled>;  ///< in the order in which they were given back

  StoragePtr allocate(std::size_t bytes);
  void add_free(Pooled pooled) noexcept;
  void note_taken(std::size_t bits) noexcept;
  void drop_idle() noexcept;
  StoragePtr take_free(std::size_t bytes) noexcept;
  void drop_smaller(std::size_t bytes) noexcept;
  void free_released() noexcept;

  // The piles have room for every arena that was taken, so that giving one back allocates nothing.
  std::vector<Pile> free_;    ///< by the number of bits of the arenas' sizes
  std::uint64_t filled_ = 0;  ///< a bit for each pile that is not empty
  Pile held_;                 ///< arenas that users held when they were given back
  std::size_t made_ = 0;      ///< the number of arenas that exist
  std::uint64_t step_ = 0;
};

}  // namespace capstan
