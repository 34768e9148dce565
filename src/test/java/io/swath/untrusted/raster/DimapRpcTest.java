package io.swath.untrusted.raster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DimapRpcTest {
    @TempDir
    Path folder;

    private Path file(String model, String first) throws IOException {
        StringBuilder text = new StringBuilder("<Dimap_Document><Rational_Function_Model><Global_RFM>");
        for (String other : new String[] {"Direct_Model", model}) {
            text.append('<').append(other).append('>');
            for (String series : new String[] {"LINE_NUM", "LINE_DEN", "SAMP_NUM", "SAMP_DEN"}) {
                for (int number = 1; number <= 20; number++) {
                    String name = series + "_COEFF_" + number;
                    text.append('<').append(name).append('>').append(other.equals(model) ? number : -1);
                    text.append("</").append(name).append('>');
                }
            }
            text.append("</").append(other).append('>');
        }
        text.append("<RFM_Validity>").append(first);
        for (String name : new String[] {"LONG", "LAT", "HEIGHT", "SAMP", "LINE"}) {
            text.append('<').append(name).append("_SCALE>65</").append(name).append("_SCALE>");
            text.append('<').append(name).append("_OFF>3066.5</").append(name).append("_OFF>");
        }
        text.append("</RFM_Validity></Global_RFM></Rational_Function_Model></Dimap_Document>");
        return Files.writeString(folder.resolve("RPC_x.XML"), text);
    }

    @Test
    void the_first_pixel_is_1_1_and_the_model_is_that_from_the_ground_to_the_image() throws IOException {
        var rpc = RpcFile.read(file("Inverse_Model", ""));
        assertThat(Double.parseDouble(rpc.get("LINE_OFF"))).isEqualTo(3065.5);
        assertThat(Double.parseDouble(rpc.get("SAMP_OFF"))).isEqualTo(3065.5);
        assertThat(rpc).containsEntry("LAT_OFF", "3066.5").containsEntry("HEIGHT_SCALE", "65");
        assertThat(rpc.get("SAMP_NUM_COEFF")).startsWith("1 2 3 ").endsWith(" 19 20");
    }

    @Test
    void since_dimap_3_the_file_says_the_number_of_the_first_pixel() throws IOException {
        var rpc = RpcFile.read(
                file(
                        "GroundtoImage_Values",
                        "<ImagetoGround_Validity_Domain><FIRST_ROW>0</FIRST_ROW><FIRST_COL>0</FIRST_COL></ImagetoGround_Validity_Domain>"));
        assertThat(Double.parseDouble(rpc.get("LINE_OFF"))).isEqualTo(3066.5);
    }

    @Test
    void a_coefficient_that_is_no_number_is_named() throws IOException {
        Path damaged = file("Inverse_Model", "");
        Files.writeString(damaged, Files.readString(damaged).replace("<LAT_OFF>3066.5", "<LAT_OFF>LAT_OFF"));
        assertThatThrownBy(() -> RpcFile.read(damaged))
                .isInstanceOf(BadSceneException.class)
                .hasMessageContaining("LAT_OFF");
    }
}
