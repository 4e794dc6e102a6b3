// All of Asio that is not a template, compiled once for every library above.
#include <boost/asio/impl/src.hpp>
