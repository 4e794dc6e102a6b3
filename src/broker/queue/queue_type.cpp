#include "broker/queue/queue_type.h"

#include <array>

#include "base/ensure.h"

namespace warren::broker {

namespace {

struct TypeNames {
    QueueType type;
    std::string_view name;
    std::string_view module_name;
};
constexpr std::array<TypeNames, 3> all_names{{
    {QueueType::classic, "classic", "rabbit_classic_queue"},
    {QueueType::quorum, "quorum", "rabbit_quorum_queue"},
    {QueueType::stream, "stream", "rabbit_stream_queue"},
}};

const TypeNames& names_of(QueueType type) {
    const auto& names = all_names[static_cast<std::size_t>(type)];
    ENSURE(names.type == type);
    return names;
}

}  // namespace

std::string_view name_of(QueueType type) {
    return names_of(type).name;
}

std::string_view module_name_of(QueueType type) {
    return names_of(type).module_name;
}

std::optional<QueueType> queue_type_named(std::string_view name) {
    if (name.empty() || name == "undefined") return QueueType::classic;
    for (const TypeNames& names : all_names)
        if (name == names.name || name == names.module_name) return names.type;
    return {};
}

}  // namespace warren::broker
