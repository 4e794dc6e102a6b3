#include "broker/topology/command_codec.h"

#include <gtest/gtest.h>

#include "base/command_codec_test_support.h"

namespace warren::broker {
namespace {

using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;

class RandomCommands : public test::RandomMembers {
public:
    using RandomMembers::RandomMembers;

    TopologyCommand next() {
        switch (random().below(20)) {
            case 12:
                return {SetPolicy{text(), policy_kind(), text(), text(),
                                  static_cast<ApplyTo>(random().below(6)),
                                  static_cast<std::int64_t>(number()), table()}};
            case 13:
                return {DeletePolicy{text(), policy_kind(), text()}};
            case 14:
                return {SetParameter{text(), text(), text(), value(0)}};
            case 15:
                return {DeleteParameter{text(), text(), text()}};
            case 16:
                return {SetGlobalParameter{text(), value(0)}};
            case 17:
                return {DeleteGlobalParameter{text()}};
            case 18:
                return {ProtectVhost{text(), flag()}};
            case 19:
                return {TraceVhost{text(), flag()}};
            case 0:
                return {CreateVhost{text(), text(), texts(), text(), limits()}};
            case 1:
                return {DeleteVhost{text()}};
            case 2:
                return {UpdateVhost{text(), maybe([&] { return text(); }),
                                    maybe([&] { return texts(); }), maybe([&] { return text(); }),
                                    maybe([&] { return limits(); })}};
            case 3:
                return {DeclareExchange{text(), text(), text(), flag(), flag(), flag(), table(),
                                        text()}};
            case 4:
                return {DeleteExchange{text(), text(), flag()}};
            case 5:
                return {DeclareQueue{text(), text(), flag(), flag(), ConnectionId{number()},
                                     ShardId{static_cast<std::uint16_t>(number())}, table(),
                                     text()}};
            case 6:
                return {DeleteQueue{{number()}}};
            case 7:
                return {DeleteQueuesOf{{number()}}};
            case 8:
                return {Bind{text(), text(), kind(), text(), text(), table(), {number()}}};
            case 9:
                return {Unbind{text(), text(), kind(), text(), text(), table(), {number()}}};
            case 10:
                return {ForgetTransient{}};
            default:
                return {ReserveNumbers{number()}};
        }
    }

private:
    std::uint64_t number() { return random().next(); }
    DestinationKind kind() { return flag() ? DestinationKind::queue : DestinationKind::exchange; }
    PolicyKind policy_kind() { return flag() ? PolicyKind::user : PolicyKind::of_operator; }
    VhostLimits limits() {
        const auto limit = [&] { return static_cast<std::int64_t>(number()); };
        return {maybe(limit), maybe(limit)};
    }
    FieldTable table(int depth = 0) {
        FieldTable made;
        for (std::uint64_t left = random().below(4); left != 0; --left)
            made.add(text(), value(depth));
        return made;
    }
    FieldValue value(int depth) {
        switch (random().below(depth < 3 ? 10 : 8)) {
            case 0:
                return flag();
            case 1:
                return static_cast<std::int8_t>(number());
            case 2:
                return static_cast<std::uint16_t>(number());
            case 3:
                return static_cast<std::int64_t>(number());
            case 4:
                return static_cast<double>(number());
            case 5:
                return amqp091::Decimal{2, static_cast<std::uint32_t>(number())};
            case 6:
                return amqp091::Timestamp{number()};
            case 7:
                return text();
            case 8:
                return table(depth + 1);
            default:
                return FieldArray{value(depth + 1), FieldValue{}, text()};
        }
    }
};

class TopologyCodecTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(TopologyCodecTest, commands_return_from_their_bytes_and_damage_is_noticed) {
    RandomCommands commands(GetParam());
    for (int round = 0; round < 200; ++round) {
        test::expect_sound_codec(commands.next(), decode_topology_command);
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TopologyCodecTest, ::testing::Range<std::uint64_t>(1, 9));

TEST(topology_codec, unknown_kinds_are_named) {
    test::expect_unknown_kinds_are_named(encode({DeleteVhost{"v"}}), decode_topology_command);
}

// Bytes that earlier versions have written: they must mean the same for ever.
TEST(topology_codec, bytes_of_old_logs_keep_their_meaning) {
    using namespace std::string_literals;
    const DeclareQueue queue{.vhost = "/",
                             .name = "q",
                             .durable = true,
                             .owner = {5},
                             .shard = {2},
                             .arguments = {{"n", std::int32_t{7}}},
                             .user = "u"};
    EXPECT_EQ(encode({queue}),
              "\x06\x01\0\0\0\x01/\0\0\0\x01q\x01\0\0\0\0\0\0\0\0\x05\0\x02"
              "\0\0\0\x07\x01nI\0\0\0\x07\0\0\0\x01u"s);
    const UpdateVhost update{.name = "v", .tags = std::vector<std::string>{"a"}};
    EXPECT_EQ(encode({update}),
              "\x03\x01\0\0\0\x01v\0\x01\0\0\0\x01\0\0\0\x01"
              "a\0\0"s);
    const SetPolicy policy{.vhost = "/",
                           .kind = PolicyKind::of_operator,
                           .name = "p",
                           .pattern = ".",
                           .apply_to = ApplyTo::streams,
                           .priority = 2,
                           .definition = {{"n", std::int64_t{7}}}};
    EXPECT_EQ(encode({policy}),
              "\x0d\x01\0\0\0\x01/\x01\0\0\0\x01p\0\0\0\x01.\x04\0\0\0\0\0\0\0\x02"
              "\0\0\0\x0b\x01nl\0\0\0\0\0\0\0\x07"s);
    const SetGlobalParameter global{"g", amqp091::FieldValue(true)};
    EXPECT_EQ(encode({global}), "\x11\x01\0\0\0\x01g\0\0\0\x03\0t\x01"s);
    const TopologyCommand first_bytes[] = {
        {CreateVhost{}},     {DeleteVhost{}},        {UpdateVhost{}},
        {DeclareExchange{}}, {DeleteExchange{}},     {DeclareQueue{}},
        {DeleteQueue{}},     {DeleteQueuesOf{}},     {Bind{}},
        {Unbind{}},          {ForgetTransient{}},    {ReserveNumbers{}},
        {SetPolicy{}},       {DeletePolicy{}},       {SetParameter{}},
        {DeleteParameter{}}, {SetGlobalParameter{}}, {DeleteGlobalParameter{}},
        {ProtectVhost{}},     {TraceVhost{}}};
    for (std::size_t n = 0; n < std::size(first_bytes); ++n)
        EXPECT_EQ(encode(first_bytes[n]).substr(0, 2), std::string({char(n + 1), '\x01'}));
    static_assert(std::size(first_bytes) == std::variant_size_v<TopologyCommandBody>);
}

}  // namespace
}  // namespace warren::broker
