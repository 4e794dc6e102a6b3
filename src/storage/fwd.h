#pragma once

namespace warren::storage {

class Background;
class EntryOwner;
class File;
class FileIo;
class LogEngine;
class QueueLog;
class SegmentBuilder;
class SegmentFile;
class WalBatch;
class WalWriter;
struct EntryHead;
struct EntryView;
struct IoError;
struct LoadedEntry;

}  // namespace warren::storage
