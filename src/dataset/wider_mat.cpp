#include "dataset/wider_mat.h"

#include <matio.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "everyface/base/text.h"

namespace everyface::dataset {
namespace {

struct CloseMat {
  void operator()(mat_t* mat) const { Mat_Close(mat); }
};
struct FreeVariable {
  void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};
using MatFile = std::unique_ptr<mat_t, CloseMat>;
using Variable = std::unique_ptr<matvar_t, FreeVariable>;

/// Elements of an array; 0 for none at all.
std::size_t elements(const matvar_t& variable) {
  std::size_t count = variable.rank > 0 ? 1 : 0;
  for (int i = 0; i < variable.rank; ++i) {
    count *= variable.dims[i];
  }
  return count;
}

/// Element `index` of a cell array; none where the variable is no cell array or is shorter.
const matvar_t* cell(const matvar_t* variable, std::size_t index) {
  if (variable == nullptr || variable->class_type != MAT_C_CELL || variable->data == nullptr ||
      index >= elements(*variable) || index >= variable->nbytes / sizeof(matvar_t*)) {
    return nullptr;
  }
  return static_cast<matvar_t* const*>(variable->data)[index];
}

/// The value at `data` of type T, as a double.
template <typename T>
double value_at(const void* data, std::size_t index) {
  T value;
  std::memcpy(&value, static_cast<const char*>(data) + index * sizeof(T), sizeof(T));
  return static_cast<double>(value);
}

double number_at(const matvar_t& variable, std::size_t index) {
  switch (variable.data_type) {
    case MAT_T_DOUBLE:
      return value_at<double>(variable.data, index);
    case MAT_T_SINGLE:
      return value_at<float>(variable.data, index);
    case MAT_T_INT8:
      return value_at<std::int8_t>(variable.data, index);
    case MAT_T_UINT8:
    case MAT_T_UTF8:
      return value_at<std::uint8_t>(variable.data, index);
    case MAT_T_INT16:
      return value_at<std::int16_t>(variable.data, index);
    case MAT_T_UINT16:
    case MAT_T_UTF16:
      return value_at<std::uint16_t>(variable.data, index);
    case MAT_T_INT32:
      return value_at<std::int32_t>(variable.data, index);
    case MAT_T_UINT32:
    case MAT_T_UTF32:
      return value_at<std::uint32_t>(variable.data, index);
    case MAT_T_INT64:
      return value_at<std::int64_t>(variable.data, index);
    case MAT_T_UINT64:
      return value_at<std::uint64_t>(variable.data, index);
    default:
      return std::nan("");
  }
}

/// The values of an array of numbers or characters, in the file's order; nothing where it is
/// neither. The caller looks at its class first.
std::optional<std::vector<double>> values(const matvar_t& variable) {
  const std::size_t count = elements(variable);
  if (count == 0) {
    return std::vector<double>();
  }
  if (variable.data == nullptr || variable.data_size <= 0 ||
      variable.nbytes / static_cast<std::size_t>(variable.data_size) < count) {
    return std::nullopt;
  }
  std::vector<double> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i] = number_at(variable, i);
  }
  return all;
}

/// The values of a real, full array of numbers; nothing where it is another thing.
std::optional<std::vector<double>> numbers(const matvar_t* variable) {
  if (variable == nullptr || variable->class_type < MAT_C_DOUBLE ||
      variable->class_type > MAT_C_UINT64 || variable->isComplex != 0) {
    return std::nullopt;
  }
  return values(*variable);
}

/// A row of ASCII characters; WIDER FACE's names hold nothing else.
std::optional<std::string> name_of(const matvar_t* variable) {
  if (variable == nullptr || variable->class_type != MAT_C_CHAR) {
    return std::nullopt;
  }
  const auto codes = values(*variable);
  if (!codes || codes->empty()) {
    return std::nullopt;
  }
  std::string text;
  for (const double code : *codes) {
    if (!(code >= 0x20 && code < 0x7f)) {
      return std::nullopt;
    }
    text += static_cast<char>(code);
  }
  return text;
}

/// The four variables of a ground truth file.
struct GroundTruth {
  Variable events;
  Variable files;
  Variable faces;
  Variable boxes;  // may be missing
};

/// Fills in which faces of photo `i` of event `e` count. Returns what is malformed.
std::string read_faces(const GroundTruth& truth, std::size_t e, std::size_t i,
                       WiderSelection& selection) {
  const auto rows = numbers(cell(cell(truth.faces.get(), e), i));
  if (!rows) {
    return "gt_list has no list of rows";
  }
  for (const double row : *rows) {
    if (!(row >= 1 && row <= 1e9) || row != std::trunc(row)) {
      return "gt_list has " + shortest_number(row) + ", which is no row of faces";
    }
    selection.faces.push_back(static_cast<std::size_t>(row) - 1);
  }
  if (truth.boxes) {
    const auto boxes = numbers(cell(cell(truth.boxes.get(), e), i));
    if (!boxes || boxes->size() % 4 != 0) {
      return "face_bbx_list has no rows of four";
    }
    selection.listed_faces = boxes->size() / 4;
  }
  return {};
}

}  // namespace

Result<std::vector<WiderSelection>> read_wider_mat(const std::filesystem::path& file) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(file, problem);
  if (problem || size > kMaxListBytes) {
    return Error{"cannot read " + shown(file) + ": " +
                 (problem ? problem.message() : "larger than a ground truth file can be")};
  }
  const MatFile mat(Mat_Open(file.c_str(), MAT_ACC_RDONLY));
  if (!mat) {
    return Error{"cannot read " + shown(file) + ": not a MATLAB file"};
  }
  const auto read = [&mat](const char* name) { return Variable(Mat_VarRead(mat.get(), name)); };
  const GroundTruth truth{read("event_list"), read("file_list"), read("gt_list"),
                          read("face_bbx_list")};
  if (!truth.events || !truth.files || !truth.faces || truth.events->class_type != MAT_C_CELL) {
    return Error{"cannot read " + shown(file) +
                 ": it lacks the cell arrays event_list, file_list and gt_list"};
  }
  std::vector<WiderSelection> selections;
  for (std::size_t e = 0; e < elements(*truth.events); ++e) {
    const auto event = name_of(cell(truth.events.get(), e));
    const matvar_t* photos = cell(truth.files.get(), e);
    if (!event || photos == nullptr || photos->class_type != MAT_C_CELL) {
      return Error{"cannot read " + shown(file) + ": event " + std::to_string(e + 1) +
                   " has no name or no list of files"};
    }
    for (std::size_t i = 0; i < elements(*photos); ++i) {
      const auto name = name_of(cell(photos, i));
      if (!name) {
        return Error{"cannot read " + shown(file) + ": file " + std::to_string(i + 1) + " of " +
                     *event + " has no name"};
      }
      WiderSelection& selection = selections.emplace_back();
      selection.photo = *event + "/" + *name;
      selection.listed_faces = WiderSelection::kUnknown;
      if (const std::string wrong = read_faces(truth, e, i, selection); !wrong.empty()) {
        selection.error = shown(file) + ": " + selection.photo + ": " + wrong;
      }
    }
  }
  return selections;
}

}  // namespace everyface::dataset
