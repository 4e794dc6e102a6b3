#pragma once

namespace warren::net {

class ByteSession;
class ConnectionRegistry;
class Listener;
class SessionFactory;
class Socket;
class SocketSpreader;
class StreamControl;
class TcpStream;
class TlsContext;
class TlsEngine;
struct AcceptedSocket;
struct PeerInfo;
struct StreamProfile;

}  // namespace warren::net
