#include "auth/link/link_handshake.h"

#include <utility>

#include "auth/link/link_format.h"

namespace warren::auth {

namespace {

namespace format = link_format;

constexpr char accepted = 1;
constexpr char not_accepted = 0;

void append_message(std::string_view body, std::string& output) {
    ByteWriter writer(output);
    writer.u16(static_cast<std::uint16_t>(body.size()));
    writer.text(body);
}

}  // namespace

LinkHandshake::LinkHandshake(Setting setting, const LinkEntropy& entropy)
    : setting_(std::move(setting)),
      entropy_(entropy),
      waiting_(setting_.role == Role::client ? Waiting::node_hello : Waiting::client_hello) {
    if (setting_.role == Role::node)
        node_name_ = setting_.node_name.substr(0, format::name_bytes_max);
    if (const auto key = public_key_of(entropy_.private_key))
        public_key_ = *key;
    else
        fail_with(Fault::no_cryptography);
}

void LinkHandshake::fail_with(Fault fault) {
    state_ = State::failed;
    fault_ = fault;
}

std::string LinkHandshake::hello(std::uint8_t purpose) const {
    std::string body;
    ByteWriter writer(body);
    writer.text(format::magic);
    writer.u8(format::version);
    writer.u8(purpose);
    writer.bytes(entropy_.nonce);
    writer.bytes(public_key_);
    return body;
}

void LinkHandshake::begin(std::string& output) {
    if (setting_.role == Role::node || state_ != State::under_way) return;
    client_hello_ = hello(format::purpose_command_line);
    append_message(client_hello_, output);
}

std::size_t LinkHandshake::on_bytes(ByteView input, std::string& output) {
    const std::size_t given = input.size();
    while (state_ == State::under_way) {
        ByteReader reader(input);
        const std::size_t bytes = reader.u16();
        if (!reader.ok()) break;
        if (bytes > format::message_bytes_max) {
            fail_with(Fault::malformed);
            break;
        }
        const ByteView body = reader.bytes(bytes);
        if (!reader.ok()) break;
        input = input.subspan(reader.position());
        on_message(body, output);
    }
    return given - input.size();
}

void LinkHandshake::on_message(ByteView body, std::string& output) {
    switch (waiting_) {
        case Waiting::client_hello:
            return on_client_hello(body, output);
        case Waiting::node_hello:
            return on_node_hello(body, output);
        case Waiting::proof:
            return on_proof(body, output);
        case Waiting::verdict:
            return on_verdict(body);
    }
}

std::optional<ByteView> LinkHandshake::key_in(ByteView hello, std::uint8_t purpose) {
    ByteReader reader(hello);
    const bool is_ours = as_text(reader.bytes(format::magic.size())) == format::magic;
    const bool is_known = reader.u8() == format::version && reader.u8() == purpose;
    reader.bytes(format::nonce_bytes);
    const ByteView key = reader.bytes(format::key_bytes);
    if (is_ours && is_known && reader.ok()) return key;
    fail_with(is_ours && !is_known ? Fault::other_version : Fault::malformed);
    return std::nullopt;
}

void LinkHandshake::on_client_hello(ByteView body, std::string& output) {
    const auto key = key_in(body, format::purpose_command_line);
    if (!key) return;
    if (body.size() != format::hello_bytes) return fail_with(Fault::malformed);
    const std::string own = hello(0) + node_name_;
    if (!derive(body, as_bytes(own), *key)) return;
    append_message(own, output);
    waiting_ = Waiting::proof;
}

void LinkHandshake::on_node_hello(ByteView body, std::string& output) {
    const auto key = key_in(body, 0);
    if (!key) return;
    node_name_ = as_text(body.subspan(format::hello_bytes));
    if (!setting_.node_name.empty() && node_name_ != setting_.node_name)
        return fail_with(Fault::other_node);
    if (!derive(as_bytes(client_hello_), body, *key)) return;
    append_message(as_text(client_proof_), output);
    waiting_ = Waiting::verdict;
}

void LinkHandshake::on_proof(ByteView body, std::string& output) {
    if (!is_same_secret(body, client_proof_)) {
        append_message({&not_accepted, 1}, output);
        return fail_with(body.size() == client_proof_.size() ? Fault::wrong_cookie
                                                             : Fault::malformed);
    }
    std::string verdict(1, accepted);
    verdict += as_text(node_proof_);
    append_message(verdict, output);
    state_ = State::done;
}

void LinkHandshake::on_verdict(ByteView body) {
    ByteReader reader(body);
    const std::uint8_t word = reader.u8();
    if (word == not_accepted && reader.ok() && reader.at_end()) return fail_with(Fault::refused);
    const ByteView proof = reader.bytes(format::proof_bytes);
    if (word != accepted || !reader.ok() || !reader.at_end()) return fail_with(Fault::malformed);
    if (!is_same_secret(proof, node_proof_)) return fail_with(Fault::wrong_cookie);
    state_ = State::done;
}

bool LinkHandshake::derive(ByteView client_hello, ByteView node_hello, ByteView other_key) {
    const auto shared = shared_secret(entropy_.private_key, other_key);
    const auto transcript = sha256({client_hello, node_hello, as_bytes(setting_.channel_binding)});
    // A public key that nobody could have made by the rules.
    if (!shared) fail_with(Fault::malformed);
    if (!transcript) fail_with(Fault::no_cryptography);
    if (!shared || !transcript) return false;
    const auto secret =
        hmac_sha256(as_bytes(setting_.cookie), {as_bytes("link"), *transcript, *shared});
    const auto use = [&](std::string_view what, Bytes32& into) {
        const auto made = secret ? hmac_sha256(*secret, {as_bytes(what)}) : std::nullopt;
        if (made) into = *made;
        return made.has_value();
    };
    if (use("client's proof", client_proof_) && use("node's proof", node_proof_) &&
        use("from client", keys_.from_client) && use("from node", keys_.from_node))
        return true;
    fail_with(Fault::no_cryptography);
    return false;
}

}  // namespace warren::auth
