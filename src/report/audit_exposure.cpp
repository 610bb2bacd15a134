#include <fmt/format.h>

#include <algorithm>

#include "report/audit_rate_chart.h"
#include "report/format.h"

namespace everyface {

std::string exposure_charts_html(const AuditView& view) {
  if (view.exposures.size() < 2) {
    return "";
  }
  // The brightest at the left: from left to right the evening falls.
  const auto [darkest, brightest] =
      std::minmax_element(view.exposures.begin(), view.exposures.end());
  const Axis x{"exposure, EV", *brightest, *darkest, view.exposures, AxisFormat::kEv, false};
  std::vector<std::string> rates;
  std::string charts;
  for (const ErrorKind kind : {ErrorKind::kFpir, ErrorKind::kFmr, ErrorKind::kFnir,
                               ErrorKind::kFnmr, ErrorKind::kFailedToAcquire}) {
    if (!view.has(kind)) {
      continue;
    }
    std::vector<double> values;
    for (const AuditPlace& placed : view.cells) {
      if (const ErrorRate* rate = rate_of(*view.summary, *placed.cell, kind)) {
        add_values(*rate, values);
      }
    }
    for (std::size_t embedder = 0; embedder < view.models.size(); ++embedder) {
      RateChart chart;
      chart.id = fmt::format("exposure-{}-{}", rates.size(), embedder);
      // The exposure's place in the key is taken by the rate.
      chart.filter_key = fmt::format("{} {}", rates.size(), embedder);
      chart.title =
          fmt::format("{} against exposure, {}", error_name(kind).name, view.models[embedder]);
      chart.x = x;
      chart.y = rate_axis(kind, values);
      chart.xs = view.exposures;
      chart.x_texts = view.exposure_texts();
      chart.points.resize(view.enhancers.size());
      for (const AuditPlace& placed : view.cells) {
        const ErrorRate* rate = rate_of(*view.summary, *placed.cell, kind);
        if (placed.model == embedder && rate != nullptr) {
          chart.points[placed.enhancer].push_back({view.exposures[placed.exposure], *rate});
        }
      }
      charts += rate_chart_html(view, kind, chart);
    }
    rates.emplace_back(error_name(kind).name);
  }
  const bool many = view.models.size() * rates.size() > kChartsAtFirst;
  const std::string where = "exposure-charts";
  return "<p>All at the thresholds of the <a href=\"#def-reference\">reference condition</a>. "
         "Darker to the right.</p>\n" +
         filter_bar(where, "charts",
                    {{"Rate", rates, -1}, {"Embedder", view.models, many ? 0 : -1}}) +
         view.legend_of(where) +
         fmt::format("<div id=\"{}\" class=\"charts\">\n{}</div>\n", where, charts) +
         "<p class=\"muted\">Bands are 95% intervals, by <a href=\"#def-interval\">resampling "
         "identities</a>. FMR and FPIR are on log axes, where a rate of 0 stands at the lower "
         "edge, "
         "with its upper bound as the band.</p>\n";
}

}  // namespace everyface
