#pragma once
// Both sides of the beginning of a link (link_format.h), as a machine: bytes in, bytes out, no
// socket and no clock. Whoever drives it bounds the time, and delays the answer to a wrong cookie.
//
// A side that comes to State::done knows that the other one has the cookie, that it speaks now (a
// recording of another link proves nothing), and that nobody else knows the keys. The cookie itself
// is never sent.
#include <cstdint>
#include <string>

#include "auth/link/link_crypto.h"
#include "base/bytes.h"

namespace warren::auth {

class LinkHandshake {
public:
    enum class Role : std::uint8_t { client, node };
    enum class State : std::uint8_t { under_way, done, failed };
    enum class Fault : std::uint8_t {
        none,
        malformed,      // what came is no such handshake
        other_version,  // of the link, or for a purpose that is not served
        other_node,     // the client wanted one of another name; it has proven nothing
        wrong_cookie,   // the other side has another one, or somebody is in between
        refused,        // the node says that the client's cookie is wrong
        no_cryptography
    };
    struct Setting {
        Role role = Role::client;
        std::string cookie;
        // The node's own; of a client: whom it wants. Empty: whoever answers.
        std::string node_name;
        // What both ends know of the TLS connection below, and nobody in between; empty: none.
        std::string channel_binding;
    };
    // For what each side sends from now on.
    struct Keys {
        Bytes32 from_client;
        Bytes32 from_node;
    };

    LinkHandshake(Setting setting, const LinkEntropy& entropy);

    // To be called first. What is to be sent is appended to `output`, here and below.
    void begin(std::string& output);
    // Returns how much of the input it has taken; what is left belongs to the next call, and once
    // it is done, to what follows. Takes nothing unless it is under way.
    std::size_t on_bytes(ByteView input, std::string& output);

    State state() const { return state_; }
    Fault fault() const { return fault_; }
    // As the node says; proven once done.
    const std::string& node_name() const { return node_name_; }
    // Once done.
    const Keys& keys() const { return keys_; }

private:
    enum class Waiting : std::uint8_t { client_hello, node_hello, proof, verdict };

    void fail_with(Fault fault);
    void on_message(ByteView body, std::string& output);
    void on_client_hello(ByteView body, std::string& output);
    void on_node_hello(ByteView body, std::string& output);
    void on_proof(ByteView body, std::string& output);
    void on_verdict(ByteView body);
    std::string hello(std::uint8_t purpose) const;
    // The public key in a hello of the other side; nothing: it has failed.
    std::optional<ByteView> key_in(ByteView hello, std::uint8_t purpose);
    bool derive(ByteView client_hello, ByteView node_hello, ByteView other_key);

    Setting setting_;
    LinkEntropy entropy_;
    Bytes32 public_key_{};
    Waiting waiting_;
    State state_ = State::under_way;
    Fault fault_ = Fault::none;
    std::string node_name_;
    std::string client_hello_;
    Bytes32 client_proof_{};
    Bytes32 node_proof_{};
    Keys keys_{};
};

}  // namespace warren::auth
