# The sandbox alone parses XML and makes speech.
pkg_check_modules(espeak REQUIRED IMPORTED_TARGET espeak-ng)
target_link_libraries(sandbox PRIVATE PkgConfig::expat PkgConfig::espeak m)
