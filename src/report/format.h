// Numbers as a reader of a page sees them. Whatever is not finite is a dash.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace everyface {

/// A share 0..1 as "87.3%".
std::string percent(double share);

/// "80.1–85.3%".
std::string percent_range(double low, double high);

/// A difference of two shares as "12.8 points".
std::string points(double difference);

/// A share that may be tiny: "12.3%", and below 9.95% with two significant digits, "0.10%",
/// "0.0012%".
std::string rate_text(double share);

/// "0.10–0.15%".
std::string rate_range(double low, double high);

/// A difference of two such shares in percentage points, with its sign: "−0.023", "+1.2", "0".
std::string signed_points(double difference);

/// "−0.031 to +0.004".
std::string signed_points_range(double low, double high);

/// "1.25", "12.5", "125", "∞" where infinite.
std::string ratio_text(double ratio);

/// "1.25–12.5".
std::string ratio_range(double low, double high);

/// "17,781".
std::string count_text(std::size_t count);

/// "11 faces", "1 face"; the plural adds an s.
std::string count_of(std::size_t count, const std::string& noun);

/// "0 EV", "−2 EV", "+0.5 EV".
std::string ev_text(double exposure_ev);

/// "< 0.001", "0.031", "0.4".
std::string p_text(double p_value);

/// With `decimals` decimals.
std::string decimal(double value, int decimals);

/// The nearest number of ten significant digits, as files hold it: 0.9999999999999998, a sum's last
/// bits, becomes 1. What is not finite stays as it is.
double ten_digits(double value);

/// Text order in which runs of digits compare as numbers: "3-9" comes before "10-19". Texts that
/// differ in leading zeros only are in plain text order.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace everyface
