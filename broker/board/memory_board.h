// The board inside one process.
#ifndef CIS2_BROKER_BOARD_MEMORY_BOARD_H_
#define CIS2_BROKER_BOARD_MEMORY_BOARD_H_

#include "broker/board/board.h"

#include <functional>

namespace cis2::board {

class MemoryBoard final : public Board {
 public:
  // `post` runs a function later on the I/O thread, in order: asio::post, or a queue in a test.
  explicit MemoryBoard(std::function<void(std::function<void()>)> post) : post_(std::move(post)) {}

  void Send(ToWeb message) override {
    post_([this, m = std::move(message)] { to_web_(m); });
  }
  void Send(ToHost message) override {
    post_([this, m = std::move(message)] { to_host_(m); });
  }
  void OnToWeb(std::function<void(const ToWeb&)> receiver) override { to_web_ = std::move(receiver); }
  void OnToHost(std::function<void(const ToHost&)> receiver) override { to_host_ = std::move(receiver); }

 private:
  std::function<void(std::function<void()>)> post_;
  std::function<void(const ToWeb&)> to_web_ = [](const ToWeb&) {};
  std::function<void(const ToHost&)> to_host_ = [](const ToHost&) {};
};

}  // namespace cis2::board

#endif  // CIS2_BROKER_BOARD_MEMORY_BOARD_H_
