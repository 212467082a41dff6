// Vega's parts come without types; what is used of them here is little.
declare module "vega-dataflow";
declare module "vega-encode";
declare module "vega-parser";
declare module "vega-scenegraph";
declare module "vega-transforms";
declare module "vega-view";
declare module "vega-view-transforms";
