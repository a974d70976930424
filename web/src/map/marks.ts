/** The map's symbols, drawn here: warning shapes, crews by state, cases. No sprite is fetched. */

import type { Map as MapLibre } from "maplibre-gl";

import type { WarningLevel } from "../api/contract";
import { WARNING_FILL, type Palette } from "./palette";

const SCALE = 2;

type Draw = (on: CanvasRenderingContext2D, size: number) => void;

function polygon(points: readonly (readonly [number, number])[]): (size: number) => Path2D {
  return (size) => {
    const path = new Path2D();
    points.forEach(([x, y], index) =>
      index === 0 ? path.moveTo(x * size, y * size) : path.lineTo(x * size, y * size),
    );
    path.closePath();
    return path;
  };
}

function circle(share: number): (size: number) => Path2D {
  return (size) => {
    const path = new Path2D();
    path.arc(size / 2, size / 2, size * share, 0, Math.PI * 2);
    return path;
  };
}

/** The same shapes as beside the words: circle, triangle, diamond, octagon. */
const SHAPES: Record<WarningLevel, (size: number) => Path2D> = {
  blue: circle(0.4),
  yellow: polygon([[0.5, 0.08], [0.95, 0.88], [0.05, 0.88]]),
  orange: polygon([[0.5, 0.04], [0.96, 0.5], [0.5, 0.96], [0.04, 0.5]]),
  red: polygon([[0.31, 0.06], [0.69, 0.06], [0.94, 0.31], [0.94, 0.69], [0.69, 0.94], [0.31, 0.94], [0.06, 0.69], [0.06, 0.31]]),
};

const filled = (path: Path2D, fill: string, edge: string, width: number): Draw => (on) => {
  on.lineJoin = "round";
  on.lineWidth = width;
  on.strokeStyle = edge;
  on.stroke(path);
  on.fillStyle = fill;
  on.fill(path);
};

function image(size: number, draw: Draw): ImageData {
  const side = size * SCALE;
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const on = canvas.getContext("2d");
  if (!on) return new ImageData(side, side);
  const inset = side * 0.1;
  on.translate(inset, inset);
  draw(on, side - 2 * inset);
  return on.getImageData(0, 0, side, side);
}

const ARROW = polygon([[0.08, 0.04], [0.98, 0.5], [0.08, 0.96], [0.3, 0.5]]);
const SQUARE = polygon([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]);

function crew(path: Path2D, palette: Palette, { open }: { open: boolean }): Draw {
  return (on, size) => {
    filled(path, open ? palette.paper : palette.accent, palette.paper, size * 0.2)(on, size);
    if (!open) return;
    on.lineWidth = size * 0.16;
    on.strokeStyle = palette.accent;
    on.stroke(path);
  };
}

function overdue(palette: Palette): Draw {
  return (on, size) => {
    filled(circle(0.44)(size), palette.ink, palette.paper, size * 0.12)(on, size);
    on.fillStyle = palette.paper;
    on.fillRect(size * 0.44, size * 0.24, size * 0.12, size * 0.32);
    on.fillRect(size * 0.44, size * 0.64, size * 0.12, size * 0.12);
  };
}

/** Put all symbols into the map, or replace them after the theme changed. */
export function putMarks(map: MapLibre, palette: Palette): void {
  const put = (name: string, size: number, draw: Draw): void => {
    const data = image(size, draw);
    if (map.hasImage(name)) map.removeImage(name);
    map.addImage(name, data, { pixelRatio: SCALE });
  };
  const side = (size: number): number => size * SCALE * 0.8;
  for (const [level, shape] of Object.entries(SHAPES) as [WarningLevel, (size: number) => Path2D][]) {
    put(`warn-${level}`, 24, filled(shape(side(24)), WARNING_FILL[level], palette.paper, 5));
  }
  put("crew-free", 18, crew(circle(0.36)(side(18)), palette, { open: true }));
  put("crew-under_way", 20, crew(ARROW(side(20)), palette, { open: false }));
  put("crew-on_site", 18, crew(SQUARE(side(18)), palette, { open: false }));
  put("case-overdue", 19, overdue(palette));
}
