#include "auth/user_command_codec.h"

#include <gtest/gtest.h>

#include "base/command_codec_test_support.h"

namespace warren::auth {
namespace {

class RandomCommands : public test::RandomMembers {
public:
    using RandomMembers::RandomMembers;

    UserCommand next() {
        const auto limit = [&] { return random().next(); };
        const auto hash = [&] {
            return PasswordHash{static_cast<HashingAlgorithm>(random().below(3)), text()};
        };
        switch (random().below(8)) {
            case 0:
                return PutUser{text(), maybe(hash), maybe([&] { return texts(); }), flag()};
            case 1:
                return DeleteUser{text()};
            case 2:
                return SetUserLimits{text(), {maybe(limit), maybe(limit)}};
            case 3:
                return SetPermissions{text(), text(), {text(), text(), text()}};
            case 4:
                return ClearPermissions{text(), text()};
            case 5:
                return SetTopicPermissions{text(), text(), text(), {text(), text()}};
            case 6:
                return ClearTopicPermissions{text(), text(), maybe([&] { return text(); })};
            default:
                return DropVhost{text()};
        }
    }
};

class UserCodecTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(UserCodecTest, commands_return_from_their_bytes_and_damage_is_noticed) {
    RandomCommands commands(GetParam());
    for (int round = 0; round < 200; ++round) {
        test::expect_sound_codec(commands.next(), decode_user_command);
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, UserCodecTest, ::testing::Range<std::uint64_t>(1, 9));

TEST(user_codec, unknown_kinds_are_named) {
    test::expect_unknown_kinds_are_named(encode(UserCommand(DeleteUser{"u"})), decode_user_command);
}

// Bytes that earlier versions have written: they must mean the same for ever.
TEST(user_codec, bytes_of_old_logs_keep_their_meaning) {
    using namespace std::string_literals;
    const UserCommand put = PutUser{"u", PasswordHash{HashingAlgorithm::sha512, "salt"},
                                    std::vector<std::string>{"t"}, true};
    EXPECT_EQ(encode(put),
              "\x80\x01\0\0\0\x01u\x01\x01\0\0\0\x04salt\x01\0\0\0\x01\0\0\0\x01t\x01"s);
    const UserCommand first_bytes[] = {
        PutUser{},          DeleteUser{},          SetUserLimits{},         SetPermissions{},
        ClearPermissions{}, SetTopicPermissions{}, ClearTopicPermissions{}, DropVhost{}};
    for (std::size_t n = 0; n < std::size(first_bytes); ++n)
        EXPECT_EQ(encode(first_bytes[n]).substr(0, 2),
                  std::string({static_cast<char>(user_command_type_min + n), '\x01'}));
    static_assert(std::size(first_bytes) == std::variant_size_v<UserCommand>);
}

}  // namespace
}  // namespace warren::auth
