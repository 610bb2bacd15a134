#include "everyface/commons/photo_intake.h"

#include <algorithm>
#include <utility>

#include "everyface/commons/brighten.h"
#include "everyface/commons/jpeg.h"
#include "everyface/commons/prepare_photo.h"

namespace everyface {
namespace {

IntakeQuestion refusal(std::string_view code) {
  IntakeQuestion question;
  question.codes.emplace_back(code);
  return question;
}

Error problem_error(PhotoProblem problem) {
  return Error{problem_text(problem), std::string(problem_code(problem))};
}

Point centre(const Box& box) { return {(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2}; }

Box scaled(const Box& box, double by) {
  return {box.x1 * by, box.y1 * by, box.x2 * by, box.y2 * by};
}

}  // namespace

struct PhotoIntake::Desk {
  PhotoChecker checker;
  std::unique_ptr<FaceMatcher> matcher;  // null: no embedder is installed
};

/// A desk for the time of one photo.
class PhotoIntake::DeskInUse {
 public:
  explicit DeskInUse(PhotoIntake& intake) : intake_(intake) {
    std::unique_lock lock(intake_.mutex_);
    intake_.returned_.wait(lock, [this] { return !intake_.free_.empty(); });
    desk_ = std::move(intake_.free_.back());
    intake_.free_.pop_back();
  }
  DeskInUse(const DeskInUse&) = delete;
  DeskInUse& operator=(const DeskInUse&) = delete;
  ~DeskInUse() {
    {
      const std::lock_guard lock(intake_.mutex_);
      intake_.free_.push_back(std::move(desk_));
    }
    intake_.returned_.notify_one();
  }
  Desk* operator->() { return desk_.get(); }

 private:
  PhotoIntake& intake_;
  std::unique_ptr<Desk> desk_;
};

Result<std::unique_ptr<PhotoIntake>> PhotoIntake::start(SandboxOptions options) {
  auto models = ModelRegistry::open();
  if (!models) {
    return models.error();
  }
  std::vector<std::unique_ptr<Desk>> desks;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options.workers); ++i) {
    auto checker = PhotoChecker::open(*models);
    if (!checker) {
      return checker.error();
    }
    auto matcher = FaceMatcher::open_if_installed(*models);
    if (!matcher) {
      return matcher.error();
    }
    desks.push_back(std::make_unique<Desk>(Desk{std::move(*checker), std::move(*matcher)}));
  }
  auto sandbox = PhotoSandbox::start(std::move(options));
  if (!sandbox) {
    return sandbox.error();
  }
  return std::unique_ptr<PhotoIntake>(
      new PhotoIntake(std::move(*models), std::move(*sandbox), std::move(desks)));
}

PhotoIntake::PhotoIntake(ModelRegistry models, std::unique_ptr<PhotoSandbox> sandbox,
                         std::vector<std::unique_ptr<Desk>> desks)
    : models_(std::move(models)),
      sandbox_(std::move(sandbox)),
      detector_(desks.front()->checker.finder().detector()),
      free_(std::move(desks)) {}

PhotoIntake::~PhotoIntake() = default;

IntakeOutcome PhotoIntake::prepare(std::string_view bytes, const IntakeAnswers& answers) {
  PhotoOutcome outcome = sandbox_->clean(bytes);
  if (const auto* problem = std::get_if<PhotoProblem>(&outcome)) {
    return refusal(problem_code(*problem));
  }
  const CleanPhoto& clean = std::get<CleanPhoto>(outcome);
  DeskInUse desk(*this);
  PhotoCheck check = desk->checker.check(clean.pixels);
  if (answers.face && *answers.face < check.faces.size()) {
    check = desk->checker.check(clean.pixels, centre(check.faces[*answers.face].box));
  }
  IntakeQuestion question;
  question.is_refusal = !check.is_usable();
  bool open = !check.is_accepted();
  for (const CheckReason reason : check.reasons) {
    const bool asks_light = reason == CheckReason::kDark && !answers.brighten;
    if (reason_advice(reason) != CheckAdvice::kTell || asks_light) {
      question.codes.emplace_back(reason_code(reason));
    }
    open = open || asks_light;
  }
  if (open) {
    if (!question.is_refusal) {
      const cv::Mat preview = reduced_to(clean.pixels, kTrySide);
      const double scale = static_cast<double>(preview.cols) / clean.pixels.cols;
      question.width = preview.cols;
      question.height = preview.rows;
      question.preview = encode_jpeg(preview, kSmallJpegQuality);
      if (check.has(CheckReason::kWhichFace)) {
        for (const Face& face : check.faces) {
          question.faces.push_back(scaled(face.box, scale));
        }
      } else if (check.chosen) {
        const double width = check.faces[*check.chosen].box.width() * scale;
        question.dark_preview = encode_jpeg(brightened(preview, width, models_), kSmallJpegQuality);
      }
    }
    return question;
  }
  if (!check.chosen) {
    return refusal(reason_code(CheckReason::kNoFace));
  }
  return prepare_photo(bytes, clean, check,
                       {.brighten = check.has(CheckReason::kDark) && answers.brighten == true,
                        .matcher = answers.with_template ? desk->matcher.get() : nullptr},
                       desk->checker.finder(), models_);
}

Result<PreparedPhoto> PhotoIntake::prepare_any(std::string_view bytes) {
  PhotoOutcome outcome = sandbox_->clean(bytes);
  if (const auto* problem = std::get_if<PhotoProblem>(&outcome)) {
    return problem_error(*problem);
  }
  const CleanPhoto& clean = std::get<CleanPhoto>(outcome);
  DeskInUse desk(*this);
  PhotoCheck check = desk->checker.check(clean.pixels);
  if (check.faces.empty()) {  // the whole photo stands for what is not there
    Face whole;
    whole.box = {0, 0, static_cast<double>(clean.pixels.cols),
                 static_cast<double>(clean.pixels.rows)};
    check.faces.push_back(whole);
  }
  check.chosen = check.chosen.value_or(0);
  return prepare_photo(bytes, clean, check, {}, desk->checker.finder(), models_);
}

Result<TriedPhoto> PhotoIntake::try_out(std::string_view bytes) {
  PhotoOutcome outcome = sandbox_->clean(bytes);
  if (const auto* problem = std::get_if<PhotoProblem>(&outcome)) {
    return problem_error(*problem);
  }
  DeskInUse desk(*this);
  return try_photo(std::get<CleanPhoto>(outcome).pixels, desk->checker.finder(), models_);
}

}  // namespace everyface
