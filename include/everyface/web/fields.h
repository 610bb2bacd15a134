// Names and values in the order in which they came: headers, query, form fields.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace everyface::web {

enum class Names {
  kExact,    ///< of forms and queries
  kAnyCase,  ///< of headers (ASCII)
};

/// A list of names and values; a name may come more than once.
template <Names kNames>
class FieldList {
 public:
  using Item = std::pair<std::string, std::string>;
  using value_type = Item;  // as containers have
  using const_iterator = std::vector<Item>::const_iterator;

  void add(std::string name, std::string value) {
    items_.emplace_back(std::move(name), std::move(value));
  }
  /// Replaces every value of the name by one.
  void set(std::string_view name, std::string value) {
    remove(name);
    add(std::string(name), std::move(value));
  }
  void remove(std::string_view name) {
    std::erase_if(items_, [name](const Item& item) { return same(item.first, name); });
  }

  /// The first value of the name, none where it is absent. Valid until the list changes.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
    for (const Item& item : items_) {
      if (same(item.first, name)) {
        return item.second;
      }
    }
    return std::nullopt;
  }
  /// The first value of the name, empty where it is absent.
  [[nodiscard]] std::string_view get(std::string_view name) const {
    return find(name).value_or(std::string_view{});
  }
  /// All values of the name, in order.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const Item& item : items_) {
      if (same(item.first, name)) {
        values.emplace_back(item.second);
      }
    }
    return values;
  }
  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] const_iterator begin() const { return items_.begin(); }
  [[nodiscard]] const_iterator end() const { return items_.end(); }

 private:
  static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  static bool same(std::string_view a, std::string_view b) {
    if constexpr (kNames == Names::kExact) {
      return a == b;
    }
    if (a.size() != b.size()) {
      return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (lower(a[i]) != lower(b[i])) {
        return false;
      }
    }
    return true;
  }

  std::vector<Item> items_;
};

using Headers = FieldList<Names::kAnyCase>;
using Fields = FieldList<Names::kExact>;

}  // namespace everyface::web
