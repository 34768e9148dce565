package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.job.Directives;
import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Request;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The devices on which a step can run in a cluster. Stateless. */
final class Devices {
    private static final Tile ANY_TILE = new Tile(0, new Window(0, 0, 1, 1), new Window(0, 0, 1, 1));

    private Devices() {}

    /**
     * What the first run of a step asks for, on each device that the recipe allows and the cluster has.
     *
     * @throws SizingException when there is none
     */
    static Map<Device, Request> of(Recipe recipe, Step step, Sizing sizing, Capabilities cluster) {
        TileProgress tile = TileProgress.notSubmitted("", ANY_TILE);
        if (!step.onAnyDevice()) {
            return Map.of(step.device(), sizing.request(recipe, step, tile, cluster));
        }
        Map<Device, Request> possible = new EnumMap<>(Device.class);
        List<SizingException> impossible = new ArrayList<>();
        for (Device device : List.of(Device.CPU, Device.GPU)) {
            try {
                Request request = sizing.request(recipe, step.on(device), tile, cluster);
                if (Directives.onGpu(request)
                        == (device == Device.GPU)) { // a GPU step runs on CPUs where no GPU is needed
                    possible.put(device, request);
                }
            } catch (SizingException notThere) {
                impossible.add(notThere);
            }
        }
        if (possible.isEmpty()) {
            throw impossible.get(0);
        }
        return possible;
    }
}
