/** Shapes of areas: where a label goes, and what frame shows the whole. */

import type { Feature, FeatureCollection, Geometry, Position } from "geojson";

export type Frame = [number, number, number, number];

export interface Shape {
  feature: Feature;
  middle: Position;
  frame: Frame;
}

function ringsOf(geometry: Geometry): Position[][] {
  if (geometry.type === "Polygon") return geometry.coordinates.slice(0, 1);
  if (geometry.type === "MultiPolygon") return geometry.coordinates.flatMap((one) => one.slice(0, 1));
  return [];
}

/** Twice the signed area of a ring, with its centre of gravity. */
function weigh(ring: Position[]): { double: number; middle: Position } {
  const [x0, y0] = ring[0] ?? [0, 0];
  let double = 0;
  let sx = 0;
  let sy = 0;
  for (let index = 1; index < ring.length; index += 1) {
    const [ax = 0, ay = 0] = ring[index - 1] ?? [];
    const [bx = 0, by = 0] = ring[index] ?? [];
    // Relative to the first corner: degrees squared of a small area would lose their digits.
    const cross = (ax - x0!) * (by - y0!) - (bx - x0!) * (ay - y0!);
    double += cross;
    sx += (ax + bx - 2 * x0!) * cross;
    sy += (ay + by - 2 * y0!) * cross;
  }
  if (double === 0) return { double: 0, middle: [x0!, y0!] };
  return { double: Math.abs(double), middle: [x0! + sx / (3 * double), y0! + sy / (3 * double)] };
}

export function shapesOf(areas: FeatureCollection): Map<string, Shape> {
  const found = new Map<string, Shape>();
  for (const feature of areas.features) {
    const code = String(feature.properties?.["code"] ?? "");
    const rings = ringsOf(feature.geometry);
    if (!code || rings.length === 0) continue;
    const largest = rings.map(weigh).reduce((a, b) => (b.double > a.double ? b : a));
    const frame: Frame = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x = 0, y = 0] of rings.flat()) {
      frame[0] = Math.min(frame[0], x);
      frame[1] = Math.min(frame[1], y);
      frame[2] = Math.max(frame[2], x);
      frame[3] = Math.max(frame[3], y);
    }
    found.set(code, { feature, middle: largest.middle, frame });
  }
  return found;
}
