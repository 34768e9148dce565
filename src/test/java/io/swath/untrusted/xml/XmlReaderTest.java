package io.swath.untrusted.xml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlReaderTest {
    private static XmlElement read(String document) {
        return new XmlReader().read(document.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void reads_elements_by_their_local_names() {
        XmlElement root = read("""
                <?xml version="1.0"?><!-- made up -->
                <n1:Product xmlns:n1="urn:a" xmlns="urn:b"><Info unit="m"> 10 <x/></Info>
                <Info><![CDATA[a < b]]></Info></n1:Product>
                """);
        assertThat(root.name()).isEqualTo("Product");
        assertThat(root.all("Info").map(XmlElement::text)).containsExactly("10", "a < b");
        assertThat(root.first("Info").orElseThrow().attribute("unit")).isEqualTo("m");
        assertThat(root.textOf("Info", "x")).isEmpty();
        assertThat(root.textOf("nothing")).isEmpty();
    }

    @Test
    void the_root_is_known_from_the_first_bytes_of_a_file() {
        assertThat(rootName("<?xml version='1.0'?>\n<a:XFDU xmlns:a='urn:a' b='c'><d>"))
                .contains("XFDU");
        assertThat(rootName("{\"type\": \"Feature\"}")).isEmpty();
        assertThat(rootName("<!DOCTYPE html><html>")).isEmpty();
        assertThat(rootName("<never ends")).isEmpty();
    }

    private static java.util.Optional<String> rootName(String beginning) {
        return XmlReader.rootName(beginning.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_document_type_is_rejected_before_anything_is_loaded_or_expanded(@TempDir Path folder) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        for (String declaration : List.of(
                "<!DOCTYPE a [<!ENTITY s SYSTEM \"" + secret.toUri() + "\">]><a>&s;</a>",
                "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\"><a/>",
                "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]><a>&c;&c;</a>")) {
            assertThatThrownBy(() -> read(declaration))
                    .isInstanceOfSatisfying(
                            XmlException.class, bad -> assertThat(bad.rule()).isEqualTo("xml-has-no-document-type"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<a>", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>", "<a x='1' x='2'/>", "no xml"})
    void what_is_not_well_formed_is_rejected_in_one_line(String document) {
        assertThatThrownBy(() -> read(document)).isInstanceOfSatisfying(XmlException.class, bad -> {
            assertThat(bad.rule()).isEqualTo("xml-is-well-formed");
            assertThat(bad.what()).doesNotContain("\n");
        });
    }

    @Test
    void elements_are_bounded_in_number_and_depth() {
        assertThatThrownBy(() -> read("<a>".repeat(200) + "</a>".repeat(200)))
                .isInstanceOf(XmlException.class)
                .hasMessageContaining("nested deeper than 100");
        assertThatThrownBy(() -> read("<a>" + "<b/>".repeat(500_001) + "</a>"))
                .isInstanceOf(XmlException.class)
                .hasMessageContaining("more than 500000 elements and attributes");
        assertThatThrownBy(() -> new XmlReader().read(new byte[XmlReader.MOST_BYTES + 1]))
                .isInstanceOf(XmlException.class)
                .hasMessageContaining("more than 16 MiB");
    }
}
