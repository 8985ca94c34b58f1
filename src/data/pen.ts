/**
 * A small grey canvas and a round pen with a soft edge: what the built-in digits are drawn with.
 */
export class Canvas {
  /** Grey levels 0 … 255, row by row. */
  readonly levels: Float64Array;
  private radius = 1;
  private edge = 1;
  private ink = 255;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.levels = new Float64Array(width * height);
  }

  clear(): void {
    this.levels.fill(0);
  }

  /**
   * Takes up a pen. The level is `ink` up to `radius` − `edge`/2 from the pen's path, falls linearly, and is 0 from
   * `radius` + `edge`/2 on. Lengths are in pixels.
   */
  pen(radius: number, edge: number, ink: number): void {
    this.radius = radius;
    this.edge = edge;
    this.ink = ink;
  }

  /** Draws a straight line between two points; pixel (i, j) has its middle at (i + ½, j + ½). Lines do not add up: the darker wins. */
  line(x0: number, y0: number, x1: number, y1: number): void {
    const { width, height, levels, edge, ink } = this;
    const reach = this.radius + edge / 2;
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
    const right = Math.min(width - 1, Math.floor(Math.max(x0, x1) + reach));
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
    const bottom = Math.min(height - 1, Math.floor(Math.max(y0, y1) + reach));
    const dx = x1 - x0;
    const dy = y1 - y0;
    const length2 = dx * dx + dy * dy;
    for (let row = top; row <= bottom; row++) {
      const py = row + 0.5 - y0;
      for (let column = left; column <= right; column++) {
        const px = column + 0.5 - x0;
        const along = length2 === 0 ? 0 : (px * dx + py * dy) / length2;
        const nearest = along < 0 ? 0 : along > 1 ? 1 : along;
        const ex = px - nearest * dx;
        const ey = py - nearest * dy;
        const distance2 = ex * ex + ey * ey;
        if (distance2 >= reach * reach) continue;
        const cover = (reach - Math.sqrt(distance2)) / edge;
        const level = cover >= 1 ? ink : cover * ink;
        const at = row * width + column;
        if (level > levels[at]!) levels[at] = level;
      }
    }
  }
}
