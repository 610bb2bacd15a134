#include "nn/onnx_reader.h"

#include <gmock/gmock.h>

#include <functional>

#include "onnx_model.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::OnnxModel;

std::string problem_of(const std::string& bytes) {
  const auto graph = read_onnx(bytes);
  return graph ? "accepted" : graph.error().message;
}

OnnxModel one_convolution() {
  OnnxModel model(3);
  model.output(model.convolve("input", 3, 4, {3, 1, 1}));
  return model;
}

TEST(OnnxReader, ReadsNodesConstantsAndAttributes) {
  OnnxModel model = one_convolution();
  const auto graph = read_onnx(model.bytes());
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(graph->input, "input");
  EXPECT_THAT(graph->input_dims, ElementsAre(1, 3, -1, -1));
  EXPECT_THAT(graph->outputs, ElementsAre("value1"));
  ASSERT_EQ(graph->nodes.size(), 1U);
  const OnnxNode& node = graph->nodes[0];
  EXPECT_EQ(node.op, "Conv");
  EXPECT_THAT(node.integers("pads", {}), ElementsAre(1, 1, 1, 1));
  EXPECT_EQ(node.integer("group", 7), 1);
  EXPECT_EQ(node.integer("absent", 7), 7);
  EXPECT_EQ(node.text("auto_pad", "NOTSET"), "NOTSET");
  const OnnxTensor& weights = graph->constants.at(node.inputs[1]);
  EXPECT_THAT(weights.dims, ElementsAre(4, 3, 3, 3));
  EXPECT_EQ(weights.floats.size(), 108U);
}

TEST(OnnxReader, ReadsRawBytesAsItReadsLists) {
  OnnxModel model = one_convolution();
  const auto listed = read_onnx(model.bytes());
  for (auto& tensor : *model.graph().mutable_initializer()) {
    const std::vector<float> values(tensor.float_data().begin(), tensor.float_data().end());
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
    tensor.clear_float_data();
  }
  const auto raw = read_onnx(model.bytes());
  ASSERT_TRUE(listed);
  ASSERT_TRUE(raw);
  for (const auto& [name, tensor] : listed->constants) {
    EXPECT_EQ(raw->constants.at(name).floats, tensor.floats);
  }
}

/// Halves behind a Cast, as our own files store their weights.
TEST(OnnxReader, WidensHalves) {
  const std::vector<std::uint16_t> halves = {0x0000, 0x3C00, 0xC100, 0x7BFF,
                                             0x0001, 0x83FF, 0x3555};
  const std::vector<float> values = {0, 1, -2.5F, 65504, 0x1p-24F, -0x1.FF8p-15F, 0x1.554p-2F};
  OnnxModel model(3);
  onnx::TensorProto& tensor = *model.graph().add_initializer();
  tensor.set_name("halves");
  tensor.set_data_type(onnx::TensorProto::FLOAT16);
  tensor.add_dims(static_cast<std::int64_t>(halves.size()));
  tensor.set_raw_data(halves.data(), halves.size() * sizeof(std::uint16_t));
  const std::string cast = model.add("Cast", {"halves"});
  model.with("to", static_cast<int>(onnx::TensorProto::FLOAT));
  model.output(model.convolve("input", 3, 4, {3, 1, 1}));

  const auto raw = read_onnx(model.bytes());
  ASSERT_TRUE(raw) << raw.error().message;
  EXPECT_EQ(raw->constants.at("halves").floats, values);
  EXPECT_EQ(raw->constants.at(cast).floats, values);
  EXPECT_EQ(raw->nodes.size(), 1U);  // the Cast is done

  onnx::TensorProto& again = *model.graph().mutable_initializer(0);
  again.clear_raw_data();
  again.mutable_int32_data()->Add(halves.begin(), halves.end());
  const auto listed = read_onnx(model.bytes());
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(listed->constants.at(cast).floats, values);
}

TEST(OnnxReader, RefusesConstantsThatDoNotFitTheirShape) {
  const auto with_first = [](const std::function<void(onnx::TensorProto&)>& change) {
    OnnxModel model = one_convolution();
    change(*model.graph().mutable_initializer(0));
    return problem_of(model.bytes());
  };
  EXPECT_THAT(with_first([](auto& tensor) { tensor.set_dims(0, 5); }), HasSubstr("fit its shape"));
  EXPECT_THAT(with_first([](auto& tensor) { tensor.set_dims(0, -1); }), HasSubstr("shape"));
  EXPECT_THAT(with_first([](auto& tensor) { tensor.set_dims(0, std::int64_t{1} << 62); }),
              HasSubstr("shape"));
  EXPECT_THAT(with_first([](auto& tensor) { tensor.set_raw_data("abc"); }),
              HasSubstr("fit its shape"));
  EXPECT_THAT(with_first([](auto& tensor) { tensor.set_data_type(onnx::TensorProto::DOUBLE); }),
              HasSubstr("neither"));
  EXPECT_THAT(
      with_first([](auto& tensor) { tensor.set_data_location(onnx::TensorProto::EXTERNAL); }),
      HasSubstr("elsewhere"));
}

TEST(OnnxReader, RefusesGraphsThatDoNotHoldTogether) {
  const auto with = [](const std::function<void(onnx::GraphProto&)>& change) {
    OnnxModel model = one_convolution();
    change(model.graph());
    return problem_of(model.bytes());
  };
  EXPECT_THAT(with([](auto& graph) { graph.mutable_node(0)->set_input(0, "nothing"); }),
              HasSubstr("no node before it"));
  EXPECT_THAT(with([](auto& graph) { graph.mutable_node(0)->set_input(0, "value1"); }),
              HasSubstr("no node before it"));
  EXPECT_THAT(with([](auto& graph) { *graph.add_node() = graph.node(0); }),
              HasSubstr("two sources"));
  EXPECT_THAT(with([](auto& graph) { graph.mutable_output(0)->set_name("nothing"); }),
              HasSubstr("no node"));
  EXPECT_THAT(with([](auto& graph) { graph.add_input()->set_name("more"); }),
              HasSubstr("several inputs"));
  EXPECT_THAT(with([](auto& graph) { graph.clear_input(); }), HasSubstr("no node before it"));
  EXPECT_THAT(problem_of(""), HasSubstr("not an ONNX network"));
  EXPECT_THAT(problem_of("no network"), HasSubstr("not an ONNX network"));
}

TEST(OnnxReader, TakesAnyCutAndAnyDamageWithoutHarm) {
  const std::string whole = one_convolution().bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    (void)problem_of(whole.substr(0, length));
    std::string damaged = whole;
    damaged[length] = static_cast<char>(damaged[length] ^ 0x55);
    (void)problem_of(damaged);
  }
}

}  // namespace
}  // namespace everyface
