#pragma once
// Logins counted by who tried them and from where, for somebody who looks for the source of wrong
// passwords: RabbitMQ's tracking of the source of authentication attempts. Off until it is asked
// for, as there, since each name and address that is tried takes memory. Here there is a bound:
// sources that were not seen for longest make room.
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace warren::auth {

struct LoginCounts {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;

    std::uint64_t all() const { return succeeded + failed; }
    LoginCounts& operator+=(const LoginCounts& other) {
        succeeded += other.succeeded;
        failed += other.failed;
        return *this;
    }
    friend bool operator==(const LoginCounts&, const LoginCounts&) = default;
};

enum class LoginOutcome : std::uint8_t { succeeded, failed };

struct LoginSource {
    std::string remote_address;  // without the port; empty: a local socket
    std::string username;        // UTF-8, cut if it is long; empty: none was given
    std::string_view protocol;   // "amqp091", "http"; lives for ever

    friend auto operator<=>(const LoginSource&, const LoginSource&) = default;
};

using LoginsBySource = std::map<LoginSource, LoginCounts>;

// Of one shard.
class LoginSources {
public:
    static constexpr std::size_t sources_max = 4096;
    static constexpr std::size_t username_bytes_max = 255;  // longer ones are cut

    // What was counted until it is switched off stays.
    void track(bool tracks) { tracks_ = tracks; }
    void count(std::string_view remote_address, std::string_view username,
               std::string_view protocol, LoginOutcome outcome);
    void forget();

    std::size_t size() const { return sources_.size(); }
    void add_to(LoginsBySource& logins) const;

private:
    struct Seen {
        LoginCounts counts;
        std::uint64_t last = 0;  // its number in by_last_
    };
    using Sources = std::map<LoginSource, Seen>;

    void make_room();

    bool tracks_ = false;
    std::uint64_t logins_ = 0;
    Sources sources_;
    std::map<std::uint64_t, Sources::iterator> by_last_;  // by the number of the last login
};

}  // namespace warren::auth
