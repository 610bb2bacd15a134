// Networks of others: the reader, the translation, and where their values would lie.
#include <exception>
#include <opencv2/core.hpp>

#include "nn/graph.h"
#include "nn/onnx_reader.h"
#include "nn/plan.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const auto onnx = read_onnx(fuzz::text_of(data, size));
  if (!onnx) {
    fuzz::require_message(onnx.error().message);
    return 0;
  }
  const auto graph = build_graph(*onnx);
  if (!graph) {
    fuzz::require_message(graph.error().message);
    return 0;
  }
  try {
    const Plan plan = make_plan(*graph, 24, 32);
    for (std::size_t i = 0; i < plan.maps.size(); ++i) {
      const MapPlan& map = plan.maps[i];
      fuzz::require(!graph->nodes[i].gives_map() || map.at + map.size() <= plan.zeros,
                    "maps lie in the buffer");
    }
  } catch (const cv::Exception&) {  // the network does not take this size
  }
  return 0;
}
