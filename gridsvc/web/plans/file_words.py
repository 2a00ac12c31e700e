"""Why a file is refused, in the planner's language: the readers' sentences as patterns.

As `gridsvc.web.plans.refused_words` has them, beside it because they are many.
"""

from __future__ import annotations

from flask_babel import lazy_gettext

#: ``{…}`` stands for what differs. The first that fits counts.
FILE_REFUSALS = (
    # Archives.
    lazy_gettext("{file} holds {count} files, at most {most} are read: zip one layer at a time."),
    lazy_gettext("{file}: the member {member} leads out of the archive; zip the files themselves."),
    lazy_gettext("{file}: the member {member} is a link; zip the file itself."),
    lazy_gettext("{file}: the member {member} is an archive in the archive; unpack it first."),
    lazy_gettext("{file}: the member {member} is encrypted; zip it without a password."),
    lazy_gettext(
        "{file}: the member {member} is compressed in a way other than deflate; zip it again."
    ),
    lazy_gettext("{file} holds {member} twice: zip one layer at a time."),
    lazy_gettext(
        "{file} unpacks to more than {most} MB, too much for a file of {size} kB: zip it again."
    ),
    lazy_gettext("{file}: {member} is an archive in the archive: unpack it first."),
    lazy_gettext("{file} must hold one {kinds}, it holds {names}: use --layer."),
    # Layers, fields and texts.
    lazy_gettext("{file} is in no format that is read: {kinds}."),
    lazy_gettext("{file} has no geometry."),
    lazy_gettext("{file}: the layer {layer} is a view: save it as a layer of its own."),
    lazy_gettext("{file}: the {kind} file ({holds}) is missing, put it beside."),
    lazy_gettext("{file} is cut short: copy it again."),
    lazy_gettext("{file} has {count} fields, of {most} at most: leave some out."),
    lazy_gettext("There is no field {field}; the fields are {fields}."),
    lazy_gettext("Row {row}, field {field} is empty: every row needs a code."),
    lazy_gettext("Field {field}: {code} stands in rows {rows}; a code may stand once."),
    lazy_gettext(
        "{file}: the texts are not {encoding}: give another --encoding (gb18030 is usual in China)."
    ),
    lazy_gettext("{file}: a field is called {field}; {remedy}"),
    lazy_gettext("{file}: row {row}, field {field} reads {text}; {remedy}"),
    # GeoJSON.
    lazy_gettext("{file}: row {row} is not a GeoJSON Feature."),
    lazy_gettext("{file}: row {row}, properties must be an object."),
    lazy_gettext("{file} holds {constant}, which is not JSON."),
    lazy_gettext("{file} gives the key {key} twice in one object."),
    lazy_gettext("{file} is nested too deep to be GeoJSON."),
    lazy_gettext(
        "{file}: row {row}, the coordinates make no {shape}: rings need four positions or more, "
        "positions are lon, lat."
    ),
    lazy_gettext("{file}: the crs member names no known reference system."),
    # Where it lies.
    lazy_gettext("{file} names no reference system: add its .prj file."),
    lazy_gettext("{file} names no reference system: set it and save again."),
    lazy_gettext("{file}: row {row} holds coordinates that are no numbers."),
    lazy_gettext(
        "{file}: coordinates up to {most} cannot be the degrees of {crs}; they look like metres: "
        "give the layer its projected reference system."
    ),
    lazy_gettext(
        "{file}: latitudes reach {most}; lon and lat look swapped: write x = lon, y = lat."
    ),
    lazy_gettext("{file}: lon up to {lon} and lat up to {lat} are not on the globe."),
    lazy_gettext(
        "{file}: coordinates within {x}, {y} are too small for the metres of {crs}; they look like "
        "degrees: give the layer EPSG:4326 or EPSG:4490."
    ),
    lazy_gettext(
        "{file}: row {row} lies outside the area of {crs}, at {place}: is the reference system "
        "right?"
    ),
    # Drawings.
    lazy_gettext("{file}: its lines enclose nothing: draw closed outlines."),
    lazy_gettext("{file} is no DXF file."),
    lazy_gettext("{file} has more than {most} entities: save grids alone."),
    lazy_gettext("{file}: {one} and {other} stand in one area."),
    lazy_gettext("{crs} names no known reference system: try EPSG:4545."),
    lazy_gettext("{crs} is not in metres, as a drawing is: try EPSG:4545."),
)
