#pragma once
// Gives equal argument tables one copy. A table lives as long as a record holds it.
#include <memory>
#include <string>
#include <unordered_map>

#include "broker/topology/binding.h"

namespace warren::broker {

class ArgumentPool {
public:
    SharedArguments share(amqp091::FieldTable table);
    // The shared copy, or null when no record holds an equal table.
    SharedArguments find(const amqp091::FieldTable& table) const;

private:
    static constexpr std::size_t sweep_entries_min = 64;

    void sweep();

    // Keyed by the table's encoding: equal bytes are equal tables.
    std::unordered_map<std::string, std::weak_ptr<const amqp091::FieldTable>> tables_;
    std::size_t sweep_at_ = sweep_entries_min;
};

}  // namespace warren::broker
