#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/audit_rate_chart.h"
#include "report/format.h"

namespace everyface {
namespace {

/// All gallery sizes, rising.
std::vector<double> sizes_of(const AuditView& view) {
  std::vector<double> sizes;
  for (const AuditPlace& placed : view.cells) {
    if (placed.cell->identification) {
      for (const GallerySize& size : placed.cell->identification->sizes) {
        if (size.gallery > 0) {
          place_of(sizes, static_cast<double>(size.gallery));
        }
      }
    }
  }
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

const ErrorRate& rate_of(const GallerySize& size, ErrorKind kind) {
  return kind == ErrorKind::kFpir ? size.fpir : size.fnir;
}

std::string size_charts(const AuditView& view, ErrorKind kind, const std::vector<double>& sizes,
                        const Axis& x) {
  std::vector<double> values;
  for (const AuditPlace& placed : view.cells) {
    if (placed.cell->identification) {
      for (const GallerySize& size : placed.cell->identification->sizes) {
        add_values(rate_of(size, kind), values);
      }
    }
  }
  std::string out;
  for (std::size_t exposure = 0; exposure < view.exposures.size(); ++exposure) {
    for (std::size_t embedder = 0; embedder < view.models.size(); ++embedder) {
      RateChart chart;
      chart.id = fmt::format("sizes-{}-{}-{}", error_name(kind).name, exposure, embedder);
      chart.filter_key = fmt::format("{} {}", exposure, embedder);
      chart.title = fmt::format("{}, {}, {}", error_name(kind).name, view.models[embedder],
                                ev_text(view.exposures[exposure]));
      chart.x = x;
      chart.y = rate_axis(kind, values);
      chart.xs = sizes;
      for (const double size : sizes) {
        chart.x_texts.push_back(count_text(static_cast<std::size_t>(size)));
      }
      chart.points.resize(view.enhancers.size());
      for (const AuditPlace& placed : view.cells) {
        if (placed.exposure == exposure && placed.model == embedder &&
            placed.cell->identification) {
          for (const GallerySize& size : placed.cell->identification->sizes) {
            if (size.gallery > 0) {
              chart.points[placed.enhancer].push_back(
                  {static_cast<double>(size.gallery), rate_of(size, kind)});
            }
          }
        }
      }
      out += rate_chart_html(view, kind, chart);
    }
  }
  return out;
}

std::vector<Filter> filters_of(const AuditView& view) {
  const bool many = view.models.size() * view.exposures.size() > kChartsAtFirst / 2;
  const int reference = static_cast<int>(view.reference(0).exposure);
  std::vector<Filter> filters = view.filters(many ? reference : -1, -1, -1);
  filters.pop_back();
  return filters;
}

std::string sizes_html(const AuditView& view) {
  const std::vector<double> sizes = sizes_of(view);
  if (sizes.size() < 2) {
    return "";
  }
  Axis x{"gallery, entries", sizes.front(), sizes.back(), {}, AxisFormat::kCount, true};
  for (const double size : sizes) {
    // Numbers along the axis that do not run into each other.
    if (x.ticks.empty() || axis_share(x.from, x.to, true, size / x.ticks.back() * x.from) > 0.15) {
      x.ticks.push_back(size);
    }
  }
  const std::string where = "size-charts";
  std::string out =
      "<p>The larger the gallery, the more strangers a probe may be taken for. The same probes "
      "against the first entries of the gallery, all at the threshold of the whole one. <a "
      "href=\"#def-gallery\">Definition</a></p>\n";
  out += filter_bar(where, "charts", filters_of(view)) + view.legend_of(where);
  out += fmt::format("<div id=\"{}\" class=\"charts\">\n", where);
  for (const ErrorKind kind : {ErrorKind::kFpir, ErrorKind::kFnir}) {
    out += view.has(kind) ? size_charts(view, kind, sizes, x) : "";
  }
  return out + "</div>\n";
}

std::string cmc_figure(const AuditView& view, std::size_t exposure, std::size_t embedder) {
  LineChart chart;
  chart.id = fmt::format("cmc-{}-{}", exposure, embedder);
  const std::string name = view.models[embedder] + ", " + ev_text(view.exposures[exposure]);
  chart.title = "CMC, " + name;
  chart.notes_only = true;
  std::string rows;
  std::size_t ranks = 1;
  std::vector<double> shares;
  for (const AuditPlace& placed : view.cells) {
    if (placed.exposure != exposure || placed.model != embedder || !placed.cell->identification ||
        placed.cell->identification->cmc.empty()) {
      continue;
    }
    const std::vector<double>& cmc = placed.cell->identification->cmc;
    const auto at = [&](std::size_t rank) { return rank <= cmc.size() ? cmc[rank - 1] : NAN; };
    Series series;
    series.style = placed.enhancer;
    series.baseline = is_baseline(placed.cell->enhance);
    series.name = placed.cell->enhance;
    for (std::size_t rank = 1; rank <= cmc.size(); ++rank) {
      series.points.push_back(
          {static_cast<double>(rank), at(rank), 0, 0,
           fmt::format("rank {}: {} of {}", rank, percent(at(rank)),
                       count_of(placed.cell->identification->mated_probes, "mated search"))});
    }
    ranks = std::max(ranks, cmc.size());
    shares.insert(shares.end(), cmc.begin(), cmc.end());
    chart.series.push_back(std::move(series));
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td><td "
        "class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        breakable_name(placed.cell->enhance), percent(at(1)), percent(at(5)), percent(at(10)),
        percent(at(50)));
  }
  if (rows.empty()) {
    return "";
  }
  chart.x = {
      "rank", 1, static_cast<double>(std::max<std::size_t>(2, ranks)), {}, AxisFormat::kCount,
      true};
  for (const double tick : {1.0, 2.0, 5.0, 10.0, 20.0, 50.0}) {
    if (tick <= chart.x.to) {
      chart.x.ticks.push_back(tick);
    }
  }
  shares.push_back(1);
  chart.y = share_axis("mate found", nice_span(shares, 0.1).from, 1);
  chart.description = count_of(chart.series.size(), "line") + "; the table below has values.";
  return chart_figure(
      fmt::format("{} {}", exposure, embedder), chart.title, line_chart_svg(chart),
      "<table><caption>Mate among the first …</caption><thead><tr><th "
      "scope=\"col\">Enhancement</th><th scope=\"col\" class=\"number\">1</th><th scope=\"col\" "
      "class=\"number\">5</th><th scope=\"col\" class=\"number\">10</th><th scope=\"col\" "
      "class=\"number\">50</th></tr></thead><tbody>\n" +
          rows + "</tbody></table>");
}

std::string cmc_html(const AuditView& view) {
  std::string charts;
  for (std::size_t exposure = 0; exposure < view.exposures.size(); ++exposure) {
    for (std::size_t embedder = 0; embedder < view.models.size(); ++embedder) {
      charts += cmc_figure(view, exposure, embedder);
    }
  }
  if (charts.empty()) {
    return "";
  }
  const std::string where = "cmc-charts";
  return "<h3>Where the mate comes in the list</h3>\n<p>Without a threshold: the share of mated "
         "searches whose mate is among the first candidates. <a href=\"#def-cmc\">Definition</a>"
         "</p>\n" +
         filter_bar(where, "charts", filters_of(view)) + view.legend_of(where) +
         fmt::format("<div id=\"{}\" class=\"charts\">\n{}</div>\n", where, charts);
}

}  // namespace

std::string search_html(const AuditView& view) {
  return view.cells.empty() ? "" : sizes_html(view) + cmc_html(view);
}

}  // namespace everyface
