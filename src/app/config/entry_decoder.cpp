#include "app/config/entry_decoder.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "app/config/erlang_term.h"

namespace warren::config {

Result<void, std::string> EntryDecoder::learn_passphrase() {
    if (wishes_) return {};
    const EntryDecoderSettings& settings = advanced_.decoder;
    CipherWishes wishes = settings.wishes;
    if (settings.passphrase_file) {
        errno = 0;
        std::ifstream file(*settings.passphrase_file, std::ios::binary);
        if (!file || !std::getline(file, wishes.passphrase))
            return fail(
                "is encrypted, and the file of its passphrase, '" + *settings.passphrase_file +
                "', cannot be read: " + (errno == 0 ? "it has no line" : std::strerror(errno)));
        if (wishes.passphrase.ends_with('\r')) wishes.passphrase.pop_back();
    } else if (settings.passphrase) {
        wishes.passphrase = *settings.passphrase;
    } else {
        return fail(
            std::string("is encrypted, and no passphrase is known: advanced.config has to say "
                        "[{rabbit, [{config_entry_decoder, [{passphrase, {file, \"path\"}}]}]}]."));
    }
    wishes_ = std::move(wishes);
    return {};
}

Result<std::string, std::string> EntryDecoder::decrypt(std::string_view value) {
    if (auto known = learn_passphrase(); !known) return fail(std::move(known.error()));
    value.remove_prefix(mark.size());
    const auto content = decrypt_value(value, *wishes_);
    const auto term = content ? from_external(*content) : std::nullopt;
    if (!term)
        return fail("cannot be decrypted with the config_entry_decoder of '" + advanced_.path +
                    "': is the passphrase right, and are cipher, hash and iterations those that "
                    "it was encrypted with?");
    return term->text;
}

}  // namespace warren::config
