#include <algorithm>
#include <utility>

#include "everyface/base/text.h"
#include "everyface/web/html.h"
#include "web/template_tree.h"

namespace everyface::web {
namespace {

using Kind = TemplateNode::Kind;

/// Adds the node, text to the text before it.
void add(TemplateNodes& nodes, TemplateNode node) {
  if (node.kind == Kind::kText && !nodes.empty() && nodes.back().kind == Kind::kText) {
    nodes.back().text += node.text;
  } else {
    nodes.push_back(std::move(node));
  }
}

void add_all(TemplateNodes& nodes, TemplateNodes more) {
  for (TemplateNode& node : more) {
    add(nodes, std::move(node));
  }
}

}  // namespace

TemplateNodes pieces_of(const TemplateNode& node, std::string_view text) {
  TemplateNodes pieces;
  for (;;) {
    const std::size_t open = std::min(text.find('{'), text.size());
    const std::size_t close = text.find('}', open);
    const bool last = close == std::string_view::npos;
    const std::string_view literal = last ? text : text.substr(0, open);
    if (!literal.empty()) {
      pieces.push_back({Kind::kText,
                        node.kind == Kind::kMarkup ? std::string(literal) : escape_html(literal),
                        {},
                        {},
                        {}});
    }
    if (last) {
      return pieces;
    }
    const std::string name(text.substr(open + 1, close - open - 1));
    std::vector<std::string> path;
    for (const std::string_view part : split(name, '.')) {
      path.emplace_back(part);
    }
    pieces.push_back({Kind::kFilled, name, std::move(path), {}, node.where});
    text.remove_prefix(close + 1);
  }
}

TemplateNodes in_language(const TemplateNodes& nodes, const Catalogue& catalogue) {
  TemplateNodes ours;
  for (const TemplateNode& node : nodes) {
    const bool words = node.kind == Kind::kMessage || node.kind == Kind::kMarkup;
    const std::string* text = words && node.path.empty() ? catalogue.find(node.text) : nullptr;
    if (text != nullptr) {
      add_all(ours, pieces_of(node, *text));
    } else {
      add(ours,
          {node.kind, node.text, node.path, in_language(node.children, catalogue), node.where});
    }
  }
  return ours;
}

}  // namespace everyface::web
