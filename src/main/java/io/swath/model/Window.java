package io.swath.model;

/**
 * A rectangle of pixels of a scene: x to the right and y down from the upper left corner of the upper left pixel.
 *
 * <p>A negative origin or a window without pixels is an {@link IllegalArgumentException}.
 */
public record Window(int x, int y, int width, int height) {
    public Window {
        if (x < 0 || y < 0 || width < 1 || height < 1) {
            throw new IllegalArgumentException("no window: " + x + "," + y + " " + width + "x" + height);
        }
    }

    /** This window with {@code margin} pixels more on each side, as far as a scene of that size has them. */
    public Window grownWithin(int margin, int sceneWidth, int sceneHeight) {
        int left = Math.max(0, x - margin);
        int top = Math.max(0, y - margin);
        int right = (int) Math.min(sceneWidth, (long) x + width + margin);
        int bottom = (int) Math.min(sceneHeight, (long) y + height + margin);
        return new Window(left, top, right - left, bottom - top);
    }

    public long pixels() {
        return (long) width * height;
    }
}
