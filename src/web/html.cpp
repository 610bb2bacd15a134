#include "everyface/web/html.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "everyface/base/text.h"
#include "web/template_tree.h"

namespace everyface::web {
namespace {

using Kind = TemplateNode::Kind;

constexpr std::size_t kUsualPage = 16 * 1024;  // bytes, so that most grow once

void append_escaped(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t stop = text.find_first_of("&<>\"'");
    out += text.substr(0, stop);
    if (stop == std::string_view::npos) {
      return;
    }
    switch (text[stop]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += "&#39;";
    }
    text.remove_prefix(stop + 1);
  }
}

bool is_nothing(const View* value) {
  return value == nullptr || value->is_null() || *value == false || *value == 0 ||
         (value->is_string() && value->get_ref<const std::string&>().empty()) ||
         ((value->is_array() || value->is_object()) && value->empty());
}

/// True for what a link may lead to without running as a script.
bool is_safe_url(std::string_view url) {
  const std::size_t end = url.find_first_of("/?#:");
  if (end == std::string_view::npos || url[end] != ':') {
    return true;  // no scheme
  }
  const std::string scheme = lower_case(url.substr(0, end));
  return scheme == "https" || scheme == "http" || scheme == "mailto";
}

class Renderer {
 public:
  Renderer(const View* outer, const View& view, const Catalogue& catalogue)
      : catalogue_(catalogue) {
    if (outer != nullptr) {
      scopes_.push_back(outer);
    }
    scopes_.push_back(&view);
    out_.reserve(kUsualPage);
  }

  Result<std::string> run(const TemplateNodes& nodes) {
    all(nodes);
    if (!problem_.empty()) {
      return Error{problem_};
    }
    return std::move(out_);
  }

 private:
  void all(const TemplateNodes& nodes) {
    for (const TemplateNode& node : nodes) {
      one(node);
    }
  }

  void one(const TemplateNode& node) {
    switch (node.kind) {
      case Kind::kText:
        out_ += node.text;
        break;
      case Kind::kSection:
        section(node);
        break;
      case Kind::kInverted:
        if (is_nothing(find(node.path))) {
          all(node.children);
        }
        break;
      case Kind::kMessage:
      case Kind::kMarkup:
        message(node);
        break;
      case Kind::kNumber:
        number(node);
        break;
      case Kind::kFilled:
        filled(node);
        break;
      case Kind::kValue:
      case Kind::kUrl:
      case Kind::kRaw:
        value(node);
    }
  }

  /// The first name in the innermost scope that has it, the others within.
  [[nodiscard]] const View* find(const std::vector<std::string>& path) const {
    if (path.front() == ".") {
      return scopes_.back();
    }
    for (std::size_t depth = scopes_.size(); depth > 0; --depth) {
      const View* found = member(*scopes_[depth - 1], path.front());
      for (std::size_t i = 1; i < path.size() && found != nullptr; ++i) {
        found = member(*found, path[i]);
      }
      if (found != nullptr) {
        return found;
      }
    }
    return nullptr;
  }

  static const View* member(const View& object, const std::string& name) {
    if (!object.is_object()) {
      return nullptr;
    }
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
  }

  void fail(const TemplateNode& node, const std::string& what) {
    if (problem_.empty()) {
      problem_ = node.where + ": " + what;
    }
  }

  /// The text of a value, until the next is asked for; none, and the problem noted, where it has
  /// none.
  std::optional<std::string_view> text_of(const TemplateNode& node) {
    const View* value = find(node.path);
    if (value == nullptr) {
      fail(node, "the view has no " + join(node.path, "."));
      return std::nullopt;
    }
    if (value->is_string()) {
      return value->get_ref<const std::string&>();
    }
    if (value->is_null()) {
      return std::string_view();
    }
    if (!value->is_number()) {
      fail(node, join(node.path, ".") + " is neither text nor number");
      return std::nullopt;
    }
    number_ = value->is_number_integer() ? value->dump() : shortest_number(value->get<double>());
    return number_;
  }

  void value(const TemplateNode& node) {
    const auto text = text_of(node);
    if (!text) {
      return;
    }
    if (node.kind == Kind::kRaw) {
      out_ += *text;
    } else if (node.kind == Kind::kUrl && !is_safe_url(*text)) {
      out_ += "about:invalid";
    } else {
      append_escaped(out_, *text);
    }
  }

  void number(const TemplateNode& node) {
    const View* value = find(node.path);
    if (value == nullptr || !value->is_number_integer()) {
      fail(node, "the view has no whole number " + node.text);
      return;
    }
    out_ += catalogue_.number(value->get<std::int64_t>());
  }

  /// Texts that in_language() left: in the plural, or missing.
  void message(const TemplateNode& node) {
    const std::string* found = nullptr;
    if (!node.path.empty()) {
      const View* count = find(node.path);
      if (count == nullptr || !count->is_number()) {
        fail(node, "the view has no number " + join(node.path, "."));
        return;
      }
      found = catalogue_.find(node.text, count->get<double>());
    }
    if (found == nullptr) {
      fail(node, "no text for " + node.text + " in " + catalogue_.language());
      return;
    }
    all(pieces_of(node, *found));
  }

  void filled(const TemplateNode& node) {
    const View* found = find(node.path);
    if (found != nullptr && found->is_number_integer()) {
      out_ += catalogue_.number(found->get<std::int64_t>());
    } else {
      value(node);
    }
  }

  void section(const TemplateNode& node) {
    const View* value = find(node.path);
    if (is_nothing(value)) {
      return;
    }
    if (!value->is_array()) {
      scopes_.push_back(value);
      all(node.children);
      scopes_.pop_back();
      return;
    }
    for (const View& element : *value) {
      scopes_.push_back(&element);
      all(node.children);
      scopes_.pop_back();
    }
  }

  const Catalogue& catalogue_;
  std::vector<const View*> scopes_;
  std::string out_;
  std::string number_;  ///< what text_of() gives of a number
  std::string problem_;
};

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  append_escaped(escaped, text);
  return escaped;
}

struct Templates::Parsed {
  /// A template in each language, in the order of the catalogues.
  using InLanguages = std::vector<TemplateNodes>;

  const Messages* messages = nullptr;
  std::map<std::string, InLanguages, std::less<>> by_name;
};

Templates::Templates() : parsed_(std::make_unique<Parsed>()) {}
Templates::Templates(Templates&& other) noexcept = default;
Templates& Templates::operator=(Templates&& other) noexcept = default;
Templates::~Templates() = default;

Result<Templates> Templates::make(const std::vector<EmbeddedFile>& files, const Messages& messages,
                                  const Assets& assets) {
  constexpr std::string_view kFolder = "templates/";
  constexpr std::string_view kEnding = ".html";
  std::map<std::string_view, const EmbeddedFile*> sources;
  for (const EmbeddedFile& file : files) {
    if (file.name.starts_with(kFolder) && file.name.ends_with(kEnding)) {
      sources.emplace(
          file.name.substr(kFolder.size(), file.name.size() - kFolder.size() - kEnding.size()),
          &file);
    }
  }
  const auto source = [&sources](std::string_view name) -> const EmbeddedFile* {
    const auto found = sources.find(name);
    return found == sources.end() ? nullptr : found->second;
  };
  Templates templates;
  templates.parsed_->messages = &messages;
  for (const auto& [name, file] : sources) {
    auto nodes = parse_template(name, source, messages, assets);
    if (!nodes) {
      return nodes.error();
    }
    Parsed::InLanguages& translated = templates.parsed_->by_name[std::string(name)];
    for (const Catalogue& catalogue : messages.catalogues()) {
      translated.push_back(in_language(*nodes, catalogue));
    }
  }
  return templates;
}

const Templates& Templates::embedded() {
  static const Templates kTemplates = [] {
    auto templates = make(embedded_files(), Messages::embedded(), Assets::embedded());
    if (!templates) {
      throw std::runtime_error(templates.error().message);
    }
    return std::move(*templates);
  }();
  return kTemplates;
}

Result<std::string> Templates::render(std::string_view name, const View& view,
                                      std::string_view language, const View* outer) const {
  const auto found = parsed_->by_name.find(name);
  if (found == parsed_->by_name.end()) {
    return Error{"there is no template " + std::string(name)};
  }
  const Catalogue& catalogue = parsed_->messages->of(language);
  const auto index = &catalogue - parsed_->messages->catalogues().data();
  return Renderer(outer, view, catalogue).run(found->second[static_cast<std::size_t>(index)]);
}

std::vector<std::string> Templates::names() const {
  std::vector<std::string> names;
  for (const auto& [name, nodes] : parsed_->by_name) {
    names.push_back(name);
  }
  return names;
}

}  // namespace everyface::web
