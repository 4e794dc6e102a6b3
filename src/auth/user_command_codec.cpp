#include "auth/user_command_codec.h"

namespace warren {

using namespace auth;

template <>
struct MemberCodec<HashingAlgorithm> : EnumCodec<HashingAlgorithm, HashingAlgorithm::md5> {};

template <>
struct Layout<PasswordHash> {
    static constexpr auto members =
        std::tuple(&PasswordHash::algorithm, &PasswordHash::salt_and_digest);
};

template <>
struct Layout<UserLimits> {
    static constexpr auto members =
        std::tuple(&UserLimits::connections_max, &UserLimits::channels_max);
};

template <>
struct Layout<PermissionPatterns> {
    static constexpr auto members = std::tuple(
        &PermissionPatterns::configure, &PermissionPatterns::write, &PermissionPatterns::read);
};

template <>
struct Layout<TopicPatterns> {
    static constexpr auto members = std::tuple(&TopicPatterns::write, &TopicPatterns::read);
};

template <>
struct Layout<PutUser> {
    static constexpr std::uint8_t type = 128;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&PutUser::name, &PutUser::password, &PutUser::tags, &PutUser::only_if_new);
};

template <>
struct Layout<DeleteUser> {
    static constexpr std::uint8_t type = 129;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&DeleteUser::name);
};

template <>
struct Layout<SetUserLimits> {
    static constexpr std::uint8_t type = 130;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&SetUserLimits::name, &SetUserLimits::limits);
};

template <>
struct Layout<SetPermissions> {
    static constexpr std::uint8_t type = 131;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&SetPermissions::user, &SetPermissions::vhost, &SetPermissions::patterns);
};

template <>
struct Layout<ClearPermissions> {
    static constexpr std::uint8_t type = 132;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&ClearPermissions::user, &ClearPermissions::vhost);
};

template <>
struct Layout<SetTopicPermissions> {
    static constexpr std::uint8_t type = 133;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&SetTopicPermissions::user, &SetTopicPermissions::vhost,
                   &SetTopicPermissions::exchange, &SetTopicPermissions::patterns);
};

template <>
struct Layout<ClearTopicPermissions> {
    static constexpr std::uint8_t type = 134;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&ClearTopicPermissions::user, &ClearTopicPermissions::vhost,
                   &ClearTopicPermissions::exchange);
};

template <>
struct Layout<DropVhost> {
    static constexpr std::uint8_t type = 135;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&DropVhost::vhost);
};

namespace auth {

std::string encode(const UserCommand& command) {
    return encode_command(command);
}

Result<UserCommand, UnreadableCommand> decode_user_command(ByteView bytes) {
    return CommandDecoder<UserCommand>::decode(bytes);
}

}  // namespace auth
}  // namespace warren
