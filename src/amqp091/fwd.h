#pragma once
// Names of the AMQP 0-9-1 codec for headers that only mention them.
#include <cstdint>

namespace warren::amqp091 {

enum class DecodeFault : std::uint8_t;
enum class MethodId : std::uint32_t;
enum class Property : std::uint8_t;
enum class ReplyCode : std::uint16_t;
class ContentHeader;
class FieldTable;
class FieldValue;
class FrameReader;
class HeaderEdit;
class TableView;
struct AmqpError;
struct FieldView;
struct Frame;
struct FrameFault;

}  // namespace warren::amqp091
