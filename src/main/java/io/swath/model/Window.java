package io.swath.model;

/**
 * A rectangle of pixels of a scene: x grows to the right and y grows down, from the upper left corner of the upper left
 * pixel. Immutable.
 *
 * <p>The constructor throws {@link IllegalArgumentException} for a negative origin and for a window without pixels.
 */
public record Window(int x, int y, int width, int height) {
    public Window {
        if (x < 0 || y < 0 || width < 1 || height < 1) {
            throw new IllegalArgumentException("a window needs pixels and an origin that is not negative, not " + width
                    + "x" + height + " at " + x + "," + y);
        }
    }

    /** This window with {@code margin} pixels more on each side, clipped to a scene of the given size. */
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
