#pragma once

namespace warren::runtime {

class EventPoll;
class Gate;
class Shard;
class ShardGroup;
class Timer;
class TimerQueue;
class TurnHook;
class Worker;

}  // namespace warren::runtime
