// Checkpoints of PyTorch become weight files of ours.
#pragma once

#include <filesystem>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

class ModelRegistry;

/// The networks whose checkpoints can be imported: "llflow".
bool has_checkpoints(std::string_view name);

/// Turns a PyTorch checkpoint (a state dict under the authors' key names) and the authors'
/// configuration file into a weight file, and adds it to the registry's store under the network's
/// name. training/llflow/import_checkpoint.py does the reading; it travels inside the library and
/// is run by $EVERYFACE_PYTHON, else /usr/bin/python3, with Debian's PyTorch. The checkpoint is
/// loaded as weights only: it runs no code. Returns the path of the weights. Errors: no such
/// network, no Python or no PyTorch, a file that is damaged, cut short or holds more than tensors,
/// a key that is unknown, missing or of another shape, a setting that our network does not have.
Result<std::filesystem::path> import_checkpoint(const ModelRegistry& models, std::string_view name,
                                                const std::filesystem::path& checkpoint,
                                                const std::filesystem::path& configuration);

}  // namespace everyface
