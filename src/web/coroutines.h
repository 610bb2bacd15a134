// What Asio of Boost 1.74 needs before it is included, so that it has coroutines.
#pragma once

#include <utility>  // std::exchange, which it uses without including it

// It asks Clang for the coroutines of a draft, which are not those of C++20.
#ifdef __clang__
#define BOOST_ASIO_HAS_CO_AWAIT 1
#define BOOST_ASIO_HAS_STD_COROUTINE 1
#endif
