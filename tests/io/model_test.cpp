#include <capstan/capstan.hpp>
#include <capstan/io/json.hpp>

#include <functional>
#include <optional>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "data/files.hpp"
#include "safetensors_text.hpp"
#include "same_bits.hpp"

using namespace capstan;
using Catch::Contains;

namespace {

struct Tower {
  models::Linear in, out;
  std::optional<Parameter> scale;

  explicit Tower(std::uint64_t seed, Rng rng = Rng{0})
      : in{(rng = Rng{seed}, models::LinearOptions{.inputs = 3, .outputs = 4}), rng},
        out{{.inputs = 4, .outputs = 2, .bias = false, .dtype = DType::f64}, rng},
        scale{Parameter{"scale", Tensor::full({2}, static_cast<double>(seed))}} {}

  template <class Visitor>
  void visit(Visitor&& v) {
    v("in", in);
    v("out", out);
    v("scale", scale);
  }
};

template <class Model>
bool same_numbers(Model& a, Model& b) {
  const auto left = named_parameters(a), right = named_parameters(b);
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].name != right[i].name || !same_bits(left[i].parameter.value(), right[i].parameter.value()))
      return false;
  }
  return true;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const IoError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("any struct with visit is saved and loaded by names") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "tower";
  Tower a{1}, b{2};
  io::save(a, file, {.metadata = {{"note", "of mine"}}});
  REQUIRE(!same_numbers(a, b));
  const std::uint64_t version = b.in.W.version();
  io::load(b, file);
  CHECK(same_numbers(a, b));
  CHECK(b.in.W.version() > version);
  const io::TensorFile found = io::load_safetensors(file);
  CHECK(found.metadata() == io::Metadata{{"note", "of mine"}});
  CHECK(found.contains("in.W"));
}

TEST_CASE("all that does not fit is listed at once, and nothing is written") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  io::save_safetensors(file, {{"in.W", Tensor::ones({3, 4})},
                              {"in.b", Tensor::ones({4, 1}, DType::f64)},
                              {"more", Tensor::ones({5}, DType::i32)},
                              {"scale", Tensor::ones({2})}});
  Tower model{3};
  Tower before{3};
  const std::string message = message_of([&] { io::load(model, file); });
  CHECK_THAT(message, Contains("another shape: \"in.W\", (3, 4) in the file, (4, 3) of f32 in the model"));
  CHECK_THAT(message, Contains("another dtype: \"in.b\", F64 in the file, (4, 1) of f32 in the model"));
  CHECK_THAT(message, Contains("missing: \"out.W\", (2, 4) of f64 in the model"));
  CHECK_THAT(message, Contains("left over: \"more\", (5) of I32 in the file"));
  CHECK_THAT(message, Contains("model_test.cpp:") && !Contains("scale"));
  CHECK(same_numbers(model, before));
}

TEST_CASE("damaged numbers are not loaded") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  Tower a{1}, model{2}, before{2};
  io::save(a, file);
  std::string text = test::content_of(file);
  text[text.size() - 3] = static_cast<char>(text[text.size() - 3] ^ 4);
  (void)folder.write("x", text);
  CHECK_THAT(message_of([&] { io::load(model, file); }), Contains("tensor \"scale\" is damaged"));
  CHECK(same_numbers(model, before));
  CHECK_THROWS_AS(io::load_safetensors(file).verify(), IoError);
}

TEST_CASE("numbers of 16 bits load into f32") {
  const test::Folder folder;
  const std::string header = R"({"w":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]},)"
                             R"("b":{"dtype":"F16","shape":[1,1],"data_offsets":[4,6]}})";
  models::LogisticRegression model{{.inputs = 2}};
  io::load(model, folder.write("x", test::safetensors(header, test::bytes({0x80, 0x3F, 0x00, 0xC0, 0x00, 0x3C}))));
  CHECK(model.w.value().at({0, 0}) == 1.0);
  CHECK(model.w.value().at({1, 0}) == -2.0);
  CHECK(model.b.value().item() == 1.0);
}

TEST_CASE("a DeepNet is made anew of its file") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "net";
  models::DeepNet net{{.layers = {3, 5, 4, 2},
                       .activations = {Activation::relu, Activation::leaky_relu(0.2), Activation::softmax},
                       .seed = UINT64_MAX,
                       .dtype = DType::f64}};
  io::save(net, file);
  models::DeepNet again = io::load_deep_net(file);
  CHECK(same_numbers(net, again));
  CHECK(again.options().layers == net.options().layers);
  CHECK(again.options().seed == UINT64_MAX);
  CHECK(again.activation(2).name == "leaky_relu(0.2)");
  CHECK(again.decision() == models::Decision::largest);
  Rng rng{1};
  const Tensor x = Tensor::normal({3, 6}, rng, {.dtype = DType::f64});
  CHECK(same_bits(net.predict(x), again.predict(x)));
  CHECK_THROWS_WITH(io::load_logistic_regression(file), Contains("holds a \"DeepNet\", not a LogisticRegression"));
}

TEST_CASE("a DeepNet with an activation of one's own needs it again") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "net";
  const Activation square{.name = "square", .function = [](const Operand& z) { return z * z; }};
  models::DeepNet net{{.layers = {2, 3, 1}, .hidden = square}};
  io::save(net, file);
  CHECK_THROWS_WITH(io::load_deep_net(file), Contains("activation \"square\" is none of the library's"));
  models::DeepNet again = io::load_deep_net(file, {.activations = {square}});
  CHECK(same_numbers(net, again));
}

TEST_CASE("a name of an activation that is no UTF-8 is refused before anything is written") {
  const test::Folder folder;
  const Activation odd{.name = "\xFF", .function = [](const Operand& z) { return z * z; }};
  models::DeepNet net{{.layers = {2, 3, 1}, .hidden = odd}};
  CHECK_THROWS_AS(io::save(net, folder.path() / "x"), ValueError);
  CHECK_THROWS_WITH(io::save(net, folder.path() / "x"),
                    Contains("names of activations must be UTF-8") && Contains("model_test.cpp:"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("many keys are read in about as many steps") {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += fmt::format("\"{}\":0,", i);
  text += "\"kind\":\"DeepNet\"}";
  const data::Origin origin{"test", "x", std::source_location::current()};
  CHECK(io::parse_value(text, "note", origin).size() == 200'001);
}

TEST_CASE("a LogisticRegression is made anew of its file") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "model";
  models::LogisticRegression model{{.inputs = 7, .init = init::normal(1.0), .seed = 3}};
  io::save(model, file);
  models::LogisticRegression again = io::load_logistic_regression(file);
  CHECK(same_numbers(model, again));
  CHECK_THROWS_WITH(io::load_deep_net(file), Contains("holds a \"LogisticRegression\", not a DeepNet"));
}

TEST_CASE("a file that says what its tensors are not makes no model") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  const auto refuses = [&](const std::string& description, const std::string& text) {
    const std::string escaped = nlohmann::json(description).dump();
    const std::string header = R"({"__metadata__":{"capstan.model":)" + escaped +
                               R"(},"W1":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},)"
                               R"("b1":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]}})";
    (void)folder.write("x", test::safetensors(header, std::string(8, '\0')));
    CHECK_THROWS_AS(io::load_deep_net(file), IoError);
    CHECK_THROWS_WITH(io::load_deep_net(file), Contains(text));
  };
  const std::string rest = R"(,"activations":["sigmoid"],"seed":1})";
  refuses(R"({"kind":"DeepNet","layers":[1000000000,1000000000])" + rest, "that is not so");
  refuses(R"({"kind":"DeepNet","layers":[1,-1])" + rest, "that is not so");
  refuses(R"({"kind":"DeepNet","layers":[1])" + rest, "at least two");
  refuses(R"({"kind":"DeepNet","layers":[1,1.5])" + rest, "a whole number is wanted");
  refuses(R"({"kind":"DeepNet","layers":{})" + rest, "no model can be made of");
  refuses(R"({"kind":"DeepNet","layers":[1,1],"activations":[],"seed":-1})", "at least 0");
  refuses(R"({"kind":"DeepNet","layers":[1,1],"activations":["sine"],"seed":1})", "\"sine\"");
  refuses(R"({"kind":7})", "not as this library writes it");
  refuses("[", "not as this library writes it");
  refuses(std::string(1'000'000, '['), "nested more than 16 deep");
  refuses(std::string(1, '\0') + R"({"kind":"DeepNet"})", "holds a NUL byte");
  refuses(R"({"kind":"DeepNet","layers":[1,1]})" + std::string(1, '\0'), "holds a NUL byte");
  refuses(std::string(40'000'000, ' '), "40000000 bytes long, more than");
}

TEST_CASE("standardisation and columns travel with the model") {
  const test::Folder folder;
  const std::filesystem::path train = folder.write("train.csv", "size,colour,price\n1,red,10\n2,blue,20\n4,red,40\n");
  const std::filesystem::path later = folder.write("later.csv", "colour,price,size\nblue,7,3\n");
  data::Dataset homes = data::load_csv(train, {.target = "price"});
  const data::Standardiser scale = data::standardise(homes);
  models::LogisticRegression model{{.inputs = homes.x.shape()[0]}};
  io::save(model, folder.path() / "model", {.standardiser = &scale, .data = &homes});
  const io::Preparation found = io::load_preparation(folder.path() / "model");
  REQUIRE(found.standardiser);
  REQUIRE(found.data);
  CHECK(same_bits(found.standardiser->mean, scale.mean));
  CHECK(same_bits(found.standardiser->stddev, scale.stddev));
  CHECK(found.standardiser->feature_names == scale.feature_names);
  CHECK(found.data->feature_names == homes.feature_names);
  const data::Dataset read = data::load_csv(later, {.like = *found.data}),
                      wanted = data::load_csv(later, {.like = homes});
  CHECK(same_bits(read.x, wanted.x));
  CHECK(read.feature_names == wanted.feature_names);
  io::save(model, folder.path() / "bare");
  CHECK(!io::load_preparation(folder.path() / "bare").standardiser);
}

TEST_CASE("what an error says of JSON that is none stays short") {
  const test::Folder folder;
  const std::string open = "\"" + std::string(1'000'000, 'n');  // a text without its end
  const auto message = [&](const std::string& header) {
    const std::filesystem::path file = folder.write("x", test::safetensors(header, ""));
    return message_of([&] { (void)io::load_preparation(file); });
  };
  const std::string outer = message("{" + open);
  CHECK_THAT(outer, Contains("this is no JSON"));
  CHECK(outer.size() < 1000);
  const std::string inner = message(R"({"__metadata__":{"capstan.data":)" + nlohmann::json(open).dump() + "}}");
  CHECK_THAT(inner, Contains("capstan.data is not as this library writes it"));
  CHECK(inner.size() < 1000);
  CHECK(io::shortened("a\nb\x7F") == "a?b?");
  CHECK(io::shortened(std::string(199, 'a') + "ö").size() == 199 + 3);
  CHECK_THAT(message("{" + std::string(1, '\0') + "}"), Contains("holds a NUL byte") && Contains("offset 9"));
}

TEST_CASE("columns that load_csv would not make are refused, whatever a file says of them") {
  const test::Folder folder;
  const auto column = [](const char* name, const char* use, const char* content, const std::string& rest) {
    return fmt::format(R"({{"name":"{}","use":"{}","content":"{}",{}}})", name, use, content, rest);
  };
  const auto parts = [](const char* row, const char* fill = "0.0", const char* categories = R"(["p","q"])",
                        bool labels = false) {
    return fmt::format(R"("categories":{},"row":{},"fill":{},"indicator":false,"labels":{})", categories, row, fill,
                       labels);
  };
  const auto load = [&](const std::string& columns) {
    const std::string text = R"({"feature_names":["a","b"],"class_names":[],"columns":[)" + columns + "]}";
    const std::string header = R"({"__metadata__":{"capstan.data":)" + nlohmann::json(text).dump() + "}}";
    return io::load_preparation(folder.write("x", test::safetensors(header, "")));
  };
  const auto refuses = [&](const std::string& columns, const std::string& text) {
    CHECK_THROWS_AS(load(columns), IoError);
    CHECK_THROWS_WITH(load(columns), Contains("capstan.data is not as this library writes it") && Contains(text));
  };
  const std::string a = column("a", "feature", "numbers", parts("0")), y = column("y", "target", "numbers", parts("0"));
  CHECK(load(a + "," + y).data->columns->size() == 2);
  refuses(column("a", "feature", "numbers", parts("1")), "\"a\" goes to rows of X");
  refuses(column("a", "feature", "numbers", parts("-1")), "\"a\" goes to rows of X");
  refuses(a + "," + column("b", "feature", "one_hot", parts("0")), "\"b\" goes to rows of X");
  refuses(column("a", "feature", "classes", parts("0")), "\"a\" is a feature and holds classes");
  refuses(column("a", "feature", "positions", parts("0")), "\"a\" is a feature and holds classes");
  for (const char* const fill : {"1e18", "-5", "2", "0.5"}) {
    refuses(column("a", "feature", "one_hot", parts("0", fill)), "filled with a category that it does not have");
  }
  refuses(column("a", "feature", "codes", parts("0", "0.0", "[]")), "filled with a category that it does not have");
  refuses(a + "," + column("y", "target", "numbers", parts("1000000")), "no target goes to row 0 of Y");
  refuses(y + "," + y, "no target goes to row 1 of Y");
  refuses(column("y", "target", "one_hot", parts("0")), "holds categories of a feature");
  refuses(column("y", "target", "numbers", parts("0", "0.0", "[]", true)), "has labels without classes");
  refuses(y + "," + column("z", "target", "classes", parts("1", "0.0", "[]", true)), "is not the only target");
}

TEST_CASE("metadata of the library's name, and two parameters of one name, are not written") {
  const test::Folder folder;
  models::LogisticRegression model{{.inputs = 1}};
  CHECK_THROWS_AS(io::save(model, folder.path() / "x", {.metadata = {{"capstan.model", "x"}}}), ValueError);
  CHECK_THROWS_WITH(io::save(model, folder.path() / "x", {.names = {{"w", "b"}}}), Contains("names must differ"));
  CHECK(std::filesystem::is_empty(folder.path()));
}
