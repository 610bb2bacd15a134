// croissant.json: MLCommons Croissant 1.0 (mlcommons.org/croissant/1.0) with the properties of its
// responsible-AI extension (mlcommons.org/croissant/RAI/1.0).
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "commons/release_content.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

/// Names that stand for themselves in the namespace of Croissant.
constexpr const char* kCroissantTerms[] = {
    "citeAs",   "column",      "extract",   "field",         "fileProperty", "fileObject",
    "fileSet",  "format",      "includes",  "isLiveDataset", "jsonPath",     "key",
    "md5",      "parentField", "path",      "recordSet",     "references",   "regex",
    "repeated", "replace",     "separator", "source",        "subField",     "transform"};

Json context() {
  Json context = {{"@language", "en"},
                  {"@vocab", "https://schema.org/"},
                  {"sc", "https://schema.org/"},
                  {"cr", "http://mlcommons.org/croissant/"},
                  {"rai", "http://mlcommons.org/croissant/RAI/"},
                  {"dct", "http://purl.org/dc/terms/"},
                  {"conformsTo", "dct:conformsTo"},
                  {"data", {{"@id", "cr:data"}, {"@type", "@json"}}},
                  {"examples", {{"@id", "cr:examples"}, {"@type", "@json"}}},
                  {"dataType", {{"@id", "cr:dataType"}, {"@type", "@vocab"}}}};
  for (const char* const term : kCroissantTerms) {
    context[term] = std::string("cr:") + term;
  }
  return context;
}

Json file_object(const std::string& folder_url, const ReleaseFile& file) {
  return {{"@type", "cr:FileObject"},
          {"@id", file.name},
          {"name", file.name},
          {"contentUrl", folder_url + file.name},
          {"contentSize", fmt::format("{} B", file.bytes)},
          {"encodingFormat", file.media_type},
          {"sha256", file.sha256}};
}

Json distribution(const std::string& folder_url, const std::string& base,
                  const std::vector<ReleaseFile>& files) {
  Json list = Json::array();
  for (const ReleaseFile& file : files) {
    list.push_back(file_object(folder_url, file));
  }
  list.push_back({{"@type", "cr:FileSet"},
                  {"@id", "photo-files"},
                  {"name", "photo-files"},
                  {"description", "The photos in the ZIP archive."},
                  {"containedIn", {{"@id", base + ".zip"}}},
                  {"encodingFormat", "image/jpeg"},
                  {"includes", base + "/photos/*.jpg"}});
  return list;
}

Json image_field(const char* name, const char* type, Json extract) {
  return {{"@type", "cr:Field"},
          {"@id", fmt::format("images/{}", name)},
          {"name", name},
          {"dataType", type},
          {"source", {{"fileSet", {{"@id", "photo-files"}}}, {"extract", std::move(extract)}}}};
}

/// The photos' files, by the path that metadata.csv names them with.
Json images() {
  Json path = image_field("path", "sc:Text", {{"fileProperty", "fullpath"}});
  path["source"]["transform"] = {{"regex", "^(?:.*/)?(photos/[^/]+)$"}};
  return {
      {"@type", "cr:RecordSet"},
      {"@id", "images"},
      {"name", "images"},
      {"key", {{"@id", "images/path"}}},
      {"field", {path, image_field("content", "sc:ImageObject", {{"fileProperty", "content"}})}}};
}

Json column_field(const char* name, const char* type, const char* description) {
  return {{"@type", "cr:Field"},
          {"@id", fmt::format("photos/{}", name)},
          {"name", name},
          {"description", description},
          {"dataType", type},
          {"source", {{"fileObject", {{"@id", "metadata.csv"}}}, {"extract", {{"column", name}}}}}};
}

Json photos() {
  Json path = column_field("path", "sc:Text", "Path of the photo in the archive's folder.");
  path["references"] = {{"field", {{"@id", "images/path"}}}};
  Json group = column_field("group", "sc:Text",
                            "Groups that the person says to belong to, by codes; several with "
                            "\";\" between.");
  return {
      {"@type", "cr:RecordSet"},
      {"@id", "photos"},
      {"name", "photos"},
      {"description", "One photo of one person a record. Empty: the person prefers not to say."},
      {"key", {{"@id", "photos/path"}}},
      {"field",
       {path, column_field("x1", "sc:Float", "Left edge of the face in pixels."),
        column_field("y1", "sc:Float", "Upper edge of the face in pixels."),
        column_field("x2", "sc:Float", "Right edge of the face in pixels."),
        column_field("y2", "sc:Float", "Lower edge of the face in pixels."),
        column_field("subject", "sc:Text",
                     "The person, by a pseudonym that holds within this release."),
        group, column_field("gender", "sc:Text", "As the person says."),
        column_field("age_band", "sc:Text", "As the person says; all are 18 or older."),
        column_field("country", "sc:Text",
                     "As the person says, ISO 3166-1 alpha-2; empty too where few have it."),
        column_field("monk_tone", "sc:Text",
                     "Swatch of the Monk Skin Tone scale that the person chose, 1 to 10.")}}};
}

void add_responsible_ai(Json& document, const ReleaseContent& content) {
  document["rai:dataCollection"] =
      "People aged 18 or older send photos of themselves to the site, after agreeing separately to "
      "publication and to the use of special-category data. They describe themselves before any "
      "reward is visible.";
  document["rai:dataCollectionType"] = {"Self-reporting", "User-generated content data"};
  document["rai:dataCollectionRawData"] =
      "The files that people sent are not kept; the photos were decoded and encoded anew without "
      "metadata.";
  document["rai:dataCollectionMissingData"] =
      "Every attribute may be left unanswered and is then empty. Countries that few people have "
      "are "
      "left out.";
  document["rai:dataPreprocessingProtocol"] = {
      "Orientation applied, reduced to at most 4096 pixels a side, encoded as JPEG, all metadata "
      "removed.",
      "Faces of other people in the background are blurred."};
  document["rai:dataAnnotationProtocol"] =
      "Attributes are the person's own; nobody else judges them. The box of the face comes from a "
      "detector and was seen by the person and by two moderators.";
  document["rai:annotationsPerItem"] = "Two independent approvals by moderators for each photo.";
  document["rai:dataAnnotationAnalysis"] = {
      "Agreement of moderators is measured as Krippendorff's alpha, with hidden items whose "
      "verdict "
      "is known."};
  document["rai:machineAnnotationTools"] = {"Everyface (face detection for boxes and checks)"};
  document["rai:personalSensitiveInformation"] = {"Faces of identifiable people",
                                                  "Self-described ethnic or social groups",
                                                  "Gender",
                                                  "Age band",
                                                  "Country",
                                                  "Skin tone"};
  document["rai:dataUseCases"] = {
      "Testing and training of face detection and of photo enhancement, and audits of face "
      "recognition, above all for groups that other data sets lack."};
  document["rai:dataLimitations"] = {
      "People chose to take part, so the data is no sample of any population.",
      "Not for identifying or tracking people, nor for guessing anyone's ethnicity, gender or "
      "other "
      "attributes from their face."};
  document["rai:dataBiases"] = {
      fmt::format("{} photos of {} people; counts.csv tells who they are, as far as numbers can be "
                  "published.",
                  content.photos.size(), content.people.size()),
      "Photos come from phones and cameras that the contributors own."};
  document["rai:dataSocialImpact"] =
      "Meant to make face systems fail less for people whom they fail now; the same systems can be "
      "used against those people, which the licence forbids.";
  document["rai:dataReleaseMaintenancePlan"] = {
      "People may withdraw at any time. A withdrawn photo is not in later releases; earlier "
      "releases "
      "that hold it are no longer offered, and a signed list of tombstones tells which copies must "
      "be deleted. A removal raises the major number of the version, an addition the minor one."};
}

}  // namespace

std::string croissant_json(const ReleaseSettings& settings, const ReleaseContent& content,
                           const std::vector<ReleaseFile>& files) {
  const std::string base = release_base(settings, content.version);
  const std::string url = settings.site_url + "/releases/" + content.version.text();
  Json document = {
      {"@context", context()},
      {"@type", "sc:Dataset"},
      {"conformsTo",
       {"http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"}},
      {"name", settings.name},
      {"description",
       settings.title +
           ": photos of people who are under-represented in other data sets, published with their "
           "consent, with what they say of themselves."},
      {"license", url + "/LICENSE.txt"},
      {"url", url},
      {"version", content.version.text() + ".0"},
      {"datePublished", content.date},
      {"inLanguage", "en"},
      {"isLiveDataset", true},
      {"keywords", {"faces", "fairness", "face detection", "low light", "consent"}},
      {"creator", {{"@type", "sc:Organization"}, {"name", settings.publisher}}},
      {"publisher", {{"@type", "sc:Organization"}, {"name", settings.publisher}}},
      {"citeAs",
       fmt::format(
           "@misc{{{}, title = {{{}, release {}}}, author = {{{{{}}}}}, year = {{{}}}, url = "
           "{{{}}}}}",
           settings.name, settings.title, content.version.text(), settings.publisher,
           content.date.substr(0, 4), url)},
      {"distribution", distribution(url + "/", base, files)},
      {"recordSet", {images(), photos()}}};
  add_responsible_ai(document, content);
  return document.dump(1) + "\n";
}

}  // namespace everyface
