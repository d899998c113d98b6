// BlockPool: the memory that plans run in. A step takes its blocks from the pool and gives them back when the tape is
// rewound. A block that a user's tensor still looks at is not taken, which is why a tensor read from a tape never
// changes. A step may take millions of blocks: to take one and to give it back costs the same however many there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <capstan/tensor/storage.hpp>

namespace capstan {

class BlockPool {
 public:
  /// A free block of at least this size, one of the smallest, or a new one. A new block takes the place of a free one that
  /// was too small, so that a tape whose needs grow does not collect small blocks.
  StoragePtr take(std::size_t bytes);
  /// Of a block that was taken here.
  void give_back(StoragePtr block) noexcept;
  /// To be called when all blocks of a step were given back. Lets go of blocks that were not taken for many steps: of
  /// those that users hold, and of free ones but for a few.
  void end_step() noexcept {
    if (++step_ % 4 == 0) drop_idle();  // they may stay a little longer
  }
  /// How many of the blocks that were given back users hold still.
  std::size_t held() const noexcept;

 private:
  struct Pooled {
    StoragePtr block;
    std::uint64_t given_back;  ///< in which step
  };
  using Pile = std::vector<Pooled>;  ///< in the order in which they were given back

  StoragePtr allocate(std::size_t bytes);
  void add_free(Pooled pooled) noexcept;
  void note_taken(std::size_t bits) noexcept;
  void drop_idle() noexcept;
  StoragePtr take_free(std::size_t bytes) noexcept;
  void drop_smaller(std::size_t bytes) noexcept;
  void free_released() noexcept;

  // There is room for every block that was taken and may come back, so that to give one back needs no memory.
  std::vector<Pile> free_;    ///< by the number of bits of the blocks' sizes
  std::uint64_t filled_ = 0;  ///< a bit for each pile that holds something
  Pile held_;                 ///< by users, when they were given back
  std::size_t made_ = 0;      ///< blocks that were not dropped since
  std::uint64_t step_ = 0;
};

}  // namespace capstan
