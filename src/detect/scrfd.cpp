#include "detect/decode.h"
#include "detect/network_model.h"

namespace everyface {
namespace {

FaceModelResult make_scrfd(std::string_view model, const ModelRegistry& models) {
  NetworkContract contract;
  contract.model = model;
  contract.blob = {
      .rgb = true, .mean = {127.5F, 127.5F, 127.5F}, .scale = {1.0F / 128, 1.0F / 128, 1.0F / 128}};
  contract.decode = decode_scrfd;
  return make_network_model(contract, models);
}

}  // namespace

FaceModelResult make_scrfd_500m(const ModelRegistry& models) {
  return make_scrfd("scrfd-500m", models);
}

FaceModelResult make_scrfd_2_5g(const ModelRegistry& models) {
  return make_scrfd("scrfd-2.5g", models);
}

}  // namespace everyface
