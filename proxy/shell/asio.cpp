// Asio's own definitions, compiled once for every program that links the shell.
#include <boost/asio/impl/src.hpp>
