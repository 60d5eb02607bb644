// Answers OpenSSL's question for a PIN from memory; it would turn to the terminal otherwise.
#ifndef CIS2_BROKER_JOSE_PIN_PROMPT_H_
#define CIS2_BROKER_JOSE_PIN_PROMPT_H_

#include "broker/base/c_handle.h"
#include "broker/base/secret.h"

#include <openssl/ui.h>

#include <cstring>

namespace cis2::jose {

// Refers to the PIN; an empty one refuses to answer. For one call that takes a UI_METHOD and its data.
class PinPrompt {
 public:
  explicit PinPrompt(const base::Secret& pin)
      : pin_(pin), method_(UI_UTIL_wrap_read_pem_callback(Answer, 0)) {}

  [[nodiscard]] UI_METHOD* method() const { return method_.get(); }
  // OpenSSL takes it without const and hands it to Answer(), which only reads.
  [[nodiscard]] void* data() const { return const_cast<base::Secret*>(&pin_); }

 private:
  static int Answer(char* buffer, int size, int /*rwflag*/, void* data) {
    const auto pin = static_cast<const base::Secret*>(data)->Reveal();
    if (pin.empty() || static_cast<int>(pin.size()) >= size) {
      return -1;
    }
    std::memcpy(buffer, pin.data(), pin.size());
    buffer[pin.size()] = '\0';
    return static_cast<int>(pin.size());
  }

  const base::Secret& pin_;
  base::CHandle<UI_METHOD, UI_destroy_method> method_;
};

}  // namespace cis2::jose

#endif  // CIS2_BROKER_JOSE_PIN_PROMPT_H_
