// The one translation unit that holds the compiled parts of Asio, its TLS part and Beast
// (cmake/Libraries.cmake).
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
