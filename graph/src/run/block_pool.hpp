// BlockPool: the arenas that plans run in, called blocks here. A step takes its blocks from the pool and gives them
// back when the tape is rewound. A block that a user's tensor still refers to is not taken, so that a tensor read from
// a tape never changes. Taking and giving back a block costs the same for any number of blocks: a step may take millions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <capstan/tensor/storage.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

class BlockPool {
 public:
  /// Returns a free block of at least this size, one of the smallest, or a new one. A smaller free block is dropped for a
  /// new one, so that a tape whose needs grow does not collect small blocks.
  StoragePtr take(std::size_t bytes);
  /// Takes back a block that `take` returned.
  void give_back(StoragePtr block) noexcept;
  /// To be called when all blocks of a step were given back. Drops blocks that were not taken for many steps: those that
  /// users hold, and all but a few of the free ones.
  void end_step() noexcept {
    if (++step_ % 4 == 0) drop_idle();  // not in every step, which would cost time
  }
  /// The number of blocks that were given back while users still hold them.
  std::size_t held() const noexcept;

 private:
  struct Pooled {
    StoragePtr block;
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

  // The piles have room for every block that was taken, so that giving one back allocates nothing.
  std::vector<Pile> free_;    ///< by the number of bits of the blocks' sizes
  std::uint64_t filled_ = 0;  ///< a bit for each pile that is not empty
  Pile held_;                 ///< blocks that users held when they were given back
  std::size_t made_ = 0;      ///< the number of blocks that exist
  std::uint64_t step_ = 0;
};

}  // namespace capstan
