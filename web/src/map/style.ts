/** The style of the map, made here from the pack's own shapes: nothing is asked from elsewhere. */

import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";

import { LEVELS } from "../state/derived";
import { WARNING_FILL, type Palette } from "./palette";

/** From this zoom on crews are shown also where they are many. */
export const CREWS_CLOSE = 12.5;

export const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

/** Without a glyph server text is drawn by the browser, in the fonts of the page. */
const FONT = ["Inter", "Noto Sans SC Chengyun", "sans-serif"];
const FONT_BOLD = ["Inter Bold", "Noto Sans SC Chengyun", "sans-serif"];

const kind = (name: string): ExpressionSpecification => ["==", ["get", "kind"], name];
const warned: ExpressionSpecification = [
  "match",
  ["get", "warned"],
  ...LEVELS.flatMap((level) => [level, WARNING_FILL[level]]),
  "rgba(0,0,0,0)",
] as unknown as ExpressionSpecification;

function ground(palette: Palette): LayerSpecification[] {
  return [
    { id: "ground", type: "background", paint: { "background-color": palette.ground } },
    { id: "land", type: "fill", source: "areas", filter: ["==", ["get", "level"], "city"], paint: { "fill-color": palette.land } },
    { id: "park", type: "fill", source: "base", filter: kind("park"), paint: { "fill-color": palette.park } },
    { id: "river", type: "fill", source: "base", filter: ["all", kind("river"), ["==", ["geometry-type"], "Polygon"]], paint: { "fill-color": palette.water } },
    { id: "river-line", type: "line", source: "base", filter: ["all", kind("river"), ["==", ["geometry-type"], "LineString"]], paint: { "line-color": palette.water, "line-width": 6 } },
    { id: "embankment", type: "fill", source: "base", filter: kind("embankment"), paint: { "fill-color": palette.park } },
    { id: "building", type: "fill", source: "base", minzoom: 12.5, filter: kind("building"), paint: { "fill-color": palette.building } },
    { id: "street", type: "line", source: "base", filter: kind("street"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": palette.minor, "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 0.5, 13, 1.4, 17, 9] } },
    { id: "bridge", type: "line", source: "base", filter: ["any", kind("bridge"), ["all", kind("street"), ["in", ["get", "class"], ["literal", ["arterial", "embankment", "main"]]]]], layout: { "line-cap": "round" }, paint: { "line-color": palette.main, "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 1.2, 13, 2.6, 17, 14] } },
    { id: "metro", type: "line", source: "base", filter: ["all", kind("metro"), ["==", ["geometry-type"], "LineString"]], paint: { "line-color": palette.metro, "line-width": 1.8, "line-dasharray": [4, 2] } },
    { id: "station", type: "circle", source: "base", minzoom: 11, filter: ["all", ["in", ["get", "kind"], ["literal", ["metro", "metro_station", "station"]]], ["==", ["geometry-type"], "Point"]], paint: { "circle-radius": 3, "circle-color": palette.land, "circle-stroke-color": palette.metro, "circle-stroke-width": 1.6 } },
  ];
}

function areas(palette: Palette): LayerSpecification[] {
  const part: ExpressionSpecification = ["boolean", ["get", "part"], false];
  return [
    { id: "part", type: "fill", source: "parts", filter: part, paint: { "fill-color": warned, "fill-opacity": 0.22 } },
    { id: "part-hover", type: "fill", source: "parts", filter: part, paint: { "fill-color": palette.ink, "fill-opacity": ["case", ["boolean", ["feature-state", "hover"], false], 0.07, 0] } },
    { id: "part-line", type: "line", source: "parts", filter: part, layout: { "line-join": "round" }, paint: { "line-color": palette.border, "line-width": 1 } },
    { id: "focus-line", type: "line", source: "parts", filter: ["boolean", ["get", "focus"], false], layout: { "line-join": "round" }, paint: { "line-color": palette.ink, "line-width": 1.8, "line-opacity": 0.75 } },
    { id: "warned-line", type: "line", source: "parts", filter: ["boolean", ["get", "exact"], false], layout: { "line-join": "round" }, paint: { "line-color": warned, "line-width": 2.4 } },
  ];
}

function text(size: number, palette: Palette): Pick<LayerSpecification & { type: "symbol" }, "paint"> & { size: number } {
  return { size, paint: { "text-color": palette.label, "text-halo-color": palette.halo, "text-halo-width": 1.8 } };
}

function work(palette: Palette): LayerSpecification[] {
  const single: ExpressionSpecification = ["!", ["has", "point_count"]];
  const label = text(13, palette);
  return [
    { id: "label", type: "symbol", source: "labels", layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": label.size, "text-padding": 6, "text-max-width": 7, "text-variable-anchor": ["center", "top", "bottom", "left", "right"], "text-radial-offset": 0.6 }, paint: label.paint ?? {} },
    { id: "cluster", type: "circle", source: "cases", filter: ["has", "point_count"], paint: { "circle-color": palette.paper, "circle-stroke-color": palette.ink, "circle-stroke-width": 1.6, "circle-radius": ["interpolate", ["linear"], ["get", "point_count"], 2, 11, 50, 18, 500, 26] } },
    { id: "cluster-count", type: "symbol", source: "cases", filter: ["has", "point_count"], layout: { "text-field": ["to-string", ["get", "point_count"]], "text-font": FONT_BOLD, "text-size": 12, "text-allow-overlap": true }, paint: { "text-color": palette.ink } },
    { id: "case", type: "circle", source: "cases", filter: ["all", single, ["!", ["get", "overdue"]]], paint: { "circle-radius": 5, "circle-color": palette.ink, "circle-stroke-color": palette.paper, "circle-stroke-width": 1.6 } },
    { id: "case-overdue", type: "symbol", source: "cases", filter: ["all", single, ["get", "overdue"]], layout: { "icon-image": "case-overdue", "icon-allow-overlap": true } },
    { id: "case-open", type: "circle", source: "opened", paint: { "circle-radius": 15, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": palette.accent, "circle-stroke-width": 3 } },
    { id: "crew", type: "symbol", source: "crews", layout: { "icon-image": ["concat", "crew-", ["get", "state"]], "icon-allow-overlap": true, "text-field": ["step", ["zoom"], "", 13.5, ["get", "name"]], "text-font": FONT, "text-size": 12, "text-anchor": "left", "text-offset": [1, 0], "text-optional": true }, paint: text(12, palette).paint ?? {} },
    { id: "warning", type: "symbol", source: "warned", layout: { "icon-image": ["concat", "warn-", ["get", "level"]], "icon-allow-overlap": true, "symbol-sort-key": ["get", "rank"], "text-field": ["get", "text"], "text-font": FONT_BOLD, "text-size": 13, "text-anchor": "left", "text-offset": [1.1, 0], "text-max-width": 20, "text-optional": true }, paint: text(13, palette).paint ?? {} },
  ];
}

export function styleOf(palette: Palette, base: FeatureCollection, whole: FeatureCollection): StyleSpecification {
  return {
    version: 8,
    sources: {
      base: { type: "geojson", data: base },
      areas: { type: "geojson", data: whole },
      parts: { type: "geojson", data: EMPTY, promoteId: "code" },
      labels: { type: "geojson", data: EMPTY },
      warned: { type: "geojson", data: EMPTY },
      crews: { type: "geojson", data: EMPTY },
      opened: { type: "geojson", data: EMPTY },
      cases: { type: "geojson", data: EMPTY, cluster: true, clusterRadius: 44, clusterMaxZoom: 14 },
    },
    layers: [...ground(palette), ...areas(palette), ...work(palette)],
  };
}
