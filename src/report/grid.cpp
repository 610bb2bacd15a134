#include "report/grid.h"

#include <fmt/format.h>

#include <algorithm>

#include "everyface/base/text.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;
using Kind = GridColumn::Kind;

const char* kind_class(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "";
    case Kind::kNumber:
      return "number";
    case Kind::kPlot:
      return "plot";
    case Kind::kHeat:
      return "heat";
  }
  return "";
}

std::string small_html(const std::string& text) {
  return text.empty() ? "" : " <small>" + escape_html(text) + "</small>";
}

std::string header_html(const GridColumn& column) {
  const std::string css = kind_class(column.kind);
  std::string out = "<th" + (css.empty() ? "" : " class=\"" + css + "\"") + " scope=\"col\">";
  if (column.kind == Kind::kPlot) {
    return out + span_axis_svg(column.ticks) + "<span class=\"hidden\">" +
           escape_html(column.header) + "</span></th>";
  }
  return out + escape_html(column.header) + definition_link(column.definition, column.header) +
         small_html(column.small) + "</th>";
}

std::string cell_html(const GridColumn& column, const GridCell& cell) {
  switch (column.kind) {
    case Kind::kPlot:
      return "<td class=\"plot\">" + interval_svg(cell.mark, column.zero) + "</td>";
    case Kind::kHeat:
      return fmt::format("<td class=\"heat{}\">{}{}</td>",
                         cell.level < 0 ? "" : fmt::format(" h{}", cell.level),
                         escape_html(cell.text), small_html(cell.small));
    default:
      return fmt::format("<td{} data-label=\"{}\">{}{}</td>",
                         column.kind == Kind::kNumber ? " class=\"number\"" : "",
                         escape_html(column.header), escape_html(cell.text),
                         small_html(cell.small));
  }
}

/// page.js writes the same markup: keep the two in step.
std::string grid_html(const Grid& grid) {
  std::string table = fmt::format("<table class=\"{}\"><caption>{}</caption><thead><tr>", grid.css,
                                  escape_html(grid.caption));
  for (const GridColumn& column : grid.columns) {
    table += header_html(column);
  }
  table += "</tr></thead><tbody>";
  for (const std::vector<GridCell>& row : grid.rows) {
    table += fmt::format("<tr><th scope=\"row\">{}{}</th>", escape_html(row.front().text),
                         small_html(row.front().small));
    for (std::size_t i = 1; i < row.size(); ++i) {
      table += cell_html(grid.columns[i], row[i]);
    }
    table += "</tr>";
  }
  return fmt::format(
      "<div class=\"forest-block\">{}<p class=\"gap\">{}</p><p class=\"muted note\">{}</p></div>\n",
      scroll_region(grid.label, table + "</tbody></table>"), escape_html(grid.words),
      escape_html(grid.note));
}

Json number(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

Json head_json(const Grid& grid) {
  Json columns = Json::array();
  for (const GridColumn& column : grid.columns) {
    columns.push_back({{"header", to_valid_utf8(column.header)},
                       {"small", to_valid_utf8(column.small)},
                       {"kind", kind_class(column.kind)},
                       {"definition", column.definition},
                       {"ticks", column.ticks},
                       {"zero", number(column.zero)}});
  }
  return {{"css", grid.css}, {"columns", columns}};
}

/// Short, because there are many.
Json cell_json(const GridColumn& column, const GridCell& cell) {
  const std::string text = to_valid_utf8(cell.text);
  if (column.kind == Kind::kPlot) {
    return {number(cell.mark.value), number(cell.mark.low), number(cell.mark.high),
            number(cell.mark.before)};
  }
  if (column.kind == Kind::kHeat) {
    return {text, to_valid_utf8(cell.small), cell.level};
  }
  return cell.small.empty() ? Json(text) : Json{text, to_valid_utf8(cell.small)};
}

Json grid_json(const Grid& grid, std::size_t head) {
  Json rows = Json::array();
  for (const std::vector<GridCell>& row : grid.rows) {
    Json cells = Json::array();
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(cell_json(grid.columns[i], row[i]));
    }
    rows.push_back(std::move(cells));
  }
  return {{"head", head},
          {"label", to_valid_utf8(grid.label)},
          {"caption", to_valid_utf8(grid.caption)},
          {"words", to_valid_utf8(grid.words)},
          {"note", to_valid_utf8(grid.note)},
          {"rows", rows}};
}

Json choices_json(const std::vector<GridChoice>& choices) {
  // Tables share most of their heads.
  std::vector<Json> heads;
  Json all = Json::object();
  for (const GridChoice& choice : choices) {
    Json grids = Json::array();
    for (const Grid& grid : choice.grids) {
      const Json head = head_json(grid);
      const auto found = std::find(heads.begin(), heads.end(), head);
      const auto place = static_cast<std::size_t>(found - heads.begin());
      if (found == heads.end()) {
        heads.push_back(head);
      }
      grids.push_back(grid_json(grid, place));
    }
    all[fmt::format("{}", fmt::join(choice.key, " "))] = {{"name", to_valid_utf8(choice.name)},
                                                          {"grids", grids}};
  }
  return {{"heads", heads}, {"choices", all}};
}

std::string selects_html(const GridChooser& chooser, const GridChoice& chosen) {
  std::string out = fmt::format("<div class=\"controls\" data-choice=\"{}\">", chooser.id);
  for (std::size_t place = 0; place < chooser.selects.size(); ++place) {
    const Filter& select = chooser.selects[place];
    if (select.options.size() < 2) {
      out += "<input type=\"hidden\" data-axis=\"\" value=\"0\" />";
      continue;
    }
    out += fmt::format("<label>{} <select data-axis=\"\">", escape_html(select.label));
    for (std::size_t i = 0; i < select.options.size(); ++i) {
      out += fmt::format("<option value=\"{}\"{}>{}</option>", i,
                         i == chosen.key[place] ? " selected=\"selected\"" : "",
                         escape_html(select.options[i]));
    }
    out += "</select></label> ";
  }
  return out + "</div>\n";
}

/// The one that the selects name, or the first.
const GridChoice& chosen_of(const GridChooser& chooser) {
  std::vector<std::size_t> key;
  for (const Filter& select : chooser.selects) {
    key.push_back(static_cast<std::size_t>(std::max(0, select.chosen)));
  }
  const auto found = std::find_if(chooser.choices.begin(), chooser.choices.end(),
                                  [&](const GridChoice& choice) { return choice.key == key; });
  return found == chooser.choices.end() ? chooser.choices.front() : *found;
}

}  // namespace

std::string grid_chooser_html(const GridChooser& chooser) {
  if (chooser.choices.empty()) {
    return "";
  }
  const GridChoice& chosen = chosen_of(chooser);
  const bool choosable = chooser.choices.size() > 1;
  std::string out = fmt::format("<p id=\"{}-name\">{}<b>{}</b>{}</p>\n", chooser.id, chooser.before,
                                escape_html(chosen.name), chooser.after);
  out += choosable ? selects_html(chooser, chosen) : "";
  out += fmt::format("<div id=\"{}\" class=\"{}\">\n", chooser.id, chooser.css);
  for (const Grid& grid : chosen.grids) {
    out += grid_html(grid);
  }
  out += "</div>\n";
  return choosable ? out + json_block(chooser.id + "-data", choices_json(chooser.choices)) : out;
}

}  // namespace everyface
