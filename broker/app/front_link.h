// The broker's end of the front socket: sends the settings, passes requests to the web side, sends its
// answers.
//
// One front at a time; a new connection replaces the old one. What breaks the grammar ends the connection
// with one log line. I/O thread only.
#ifndef CIS2_BROKER_APP_FRONT_LINK_H_
#define CIS2_BROKER_APP_FRONT_LINK_H_

#include "broker/base/secret.h"
#include "broker/front/wire/messages.h"
#include "broker/ipc/frame_channel.h"
#include "broker/web/web_side.h"

#include <functional>
#include <memory>
#include <string>

namespace cis2::app {

class FrontLink {
 public:
  // `jwks` is the public key set of this client. `on_turned_away`, which may be empty, hears of every page with a
  // status that is an error.
  FrontLink(web::WebSide& web_side, std::string jwks, std::function<void(reasons::Reason)> on_turned_away);

  void Connect(ipc::LocalSocket socket);
  // What the front is told after connecting; sent at once when it differs from before.
  void SetSettings(front_wire::Settings settings);
  [[nodiscard]] bool connected() const { return channel_ != nullptr; }
  void Close();

 private:
  bool OnFrame(std::span<const std::byte> body);
  // Never fails: an answer that cannot be written is an internal error, which can.
  std::string FrameOf(const front_wire::ToFront& answer);

  web::WebSide& web_side_;
  std::string jwks_;
  std::function<void(reasons::Reason)> on_turned_away_;
  base::Secret settings_frame_;  // with the key of the pages
  std::shared_ptr<ipc::FrameChannel> channel_;
};

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_FRONT_LINK_H_
