// Where the host side and the web side of a login meet.
//
// Messages of one login arrive in the order sent. Delivery is never inside the call that sends, so neither
// side is re-entered. I/O thread only.
#ifndef CIS2_BROKER_BOARD_BOARD_H_
#define CIS2_BROKER_BOARD_BOARD_H_

#include "broker/board/messages.h"

#include <functional>

namespace cis2::board {

class Board {
 public:
  virtual ~Board() = default;
  virtual void Send(ToWeb message) = 0;
  virtual void Send(ToHost message) = 0;
  // Each side names its receiver once, before the first message.
  virtual void OnToWeb(std::function<void(const ToWeb&)> receiver) = 0;
  virtual void OnToHost(std::function<void(const ToHost&)> receiver) = 0;
};

}  // namespace cis2::board

#endif  // CIS2_BROKER_BOARD_BOARD_H_
