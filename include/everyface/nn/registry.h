// The model registry: which networks exist, where their weights come from, and whether the file at
// hand is the right one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

/// What an embedder takes: the crop that it was trained on. Value of a plane: (x - mean) / std,
/// with x the grey level 0..255 or, where `logarithms` is set, log2(1 + level / 2).
struct EmbedContract {
  int width = 0;  ///< of the crop, in pixels
  int height = 0;
  /// Where eyes (left to right in the picture), nose and mouth corners lie in the crop, in pixels.
  std::array<std::array<double, 2>, 5> points{};
  bool rgb = false;  ///< order of planes: red first, else blue first
  bool logarithms = false;
  std::array<double, 3> mean{};
  std::array<double, 3> std{};
  std::size_t dimensions = 0;  ///< length of the vector that comes out

  /// SHA-256 of all of it: weights alone do not say what template a face gets.
  [[nodiscard]] std::string sha256() const;
};

/// One network of models/manifest.json.
struct ModelEntry {
  std::string name;    ///< as commands name it, e.g. "yunet-n"
  std::string task;    ///< "detect", "enhance", "embed", "quality" or "liveness"
  std::string file;    ///< file name in a store or mirror, e.g. "yunet-n.onnx"
  std::string sha256;  ///< of that file
  std::uint64_t bytes = 0;
  std::string input;  ///< input contract, in words
  std::string licence;
  std::string use;  ///< who may use it
  std::string paper;
  std::string source;           ///< URL of upstream's file; of our own: the folder that trains it
  std::string upstream_sha256;  ///< of upstream's file where it is of another format and known
  std::string conversion;       ///< not empty: upstream publishes another format; how to get `file`
  std::optional<EmbedContract> embed;  ///< of every model whose task is "embed", and of no other
};

/// The manifest's entries and the folder with the weights.
class ModelRegistry {
 public:
  /// The manifest compiled into the program, the user's folder of weights ($EVERYFACE_MODEL_DIR,
  /// else $XDG_DATA_HOME/everyface/models, else ~/.local/share/everyface/models), and
  /// $EVERYFACE_MODELS as mirror unless one is given. The folder's own imported.json (see add())
  /// adds entries or replaces them by name, and so does a manifest named by $EVERYFACE_MANIFEST.
  /// Error: one of these is malformed (names file and field).
  static Result<ModelRegistry> open(const std::optional<std::string>& mirror = std::nullopt);

  /// With the folder and mirror given; an empty mirror means none.
  static Result<ModelRegistry> open(const std::filesystem::path& store, const std::string& mirror);

  [[nodiscard]] const std::vector<ModelEntry>& entries() const { return entries_; }
  [[nodiscard]] Result<ModelEntry> find(std::string_view name) const;
  [[nodiscard]] const std::filesystem::path& store() const { return store_; }

  /// The bytes of a model's weights, checked against the manifest's checksum: those that ship with
  /// the program, or from the store, or from the mirror where that is a folder. Errors: not there
  /// (names the command that fetches it), another checksum.
  [[nodiscard]] Result<std::string> load(std::string_view name) const;

  /// Brings the weights into the store out of the program where they ship with it, else from the
  /// mirror (a folder or a URL), or from the source where no mirror is set; verified, then renamed
  /// into place. A file with a wrong checksum is refused and kept aside as FILE.refused. Returns
  /// the path. Already there and right: nothing is done.
  [[nodiscard]] Result<std::filesystem::path> fetch(std::string_view name) const;

  /// Copies a file that the user has into the store, verified and refused as in fetch().
  [[nodiscard]] Result<std::filesystem::path> import_file(std::string_view name,
                                                          const std::filesystem::path& file) const;

  /// Puts weights that no manifest lists, such as an imported checkpoint, into the store, and the
  /// entry (whose sha256 and bytes are filled in here) into the store's imported.json, in place of
  /// the one with its name. Returns the path. Errors: the entry is malformed, its file belongs to
  /// another model, the disk's reasons.
  [[nodiscard]] Result<std::filesystem::path> add(ModelEntry entry, std::string_view bytes) const;

  /// Whether the weights ship with the program, else how the file in the store (or folder mirror)
  /// stands.
  enum class State { kAbsent, kGood, kDamaged, kShipped };
  struct Status {
    State state = State::kAbsent;
    std::filesystem::path file;  ///< empty where absent or shipped
  };
  [[nodiscard]] Status status(const ModelEntry& entry) const;

  /// What to do about a damaged file of weights, as an order: where it lies in a folder given as
  /// mirror, fetching from there would bring the same bytes.
  [[nodiscard]] std::string how_to_replace(const ModelEntry& entry,
                                           const std::filesystem::path& damaged) const;

 private:
  /// The manifest of what was imported.
  [[nodiscard]] std::filesystem::path imported() const;
  [[nodiscard]] Result<std::filesystem::path> install(const ModelEntry& entry,
                                                      std::string_view bytes) const;

  std::vector<ModelEntry> entries_;
  std::filesystem::path store_;
  std::string mirror_;
};

}  // namespace everyface
