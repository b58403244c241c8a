# The contract and its page, as the gateway serves them.
file(GLOB bodies CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/proto/http/*.schema.json)
add_custom_command(OUTPUT ${GEN}/api-gateway/apidoc.c ${GEN}/api-gateway/apidoc.h
    COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/tools/apidoc.py ${GEN}/api-gateway ${CMAKE_SOURCE_DIR}/proto/openapi.yaml
    DEPENDS ${bodies} ${CMAKE_SOURCE_DIR}/proto/openapi.yaml ${CMAKE_SOURCE_DIR}/tools/apidoc.py)
target_sources(api-gateway PRIVATE ${GEN}/api-gateway/apidoc.c ${GEN}/api-gateway/apidoc.h)

# The newest migration that this version knows: the diagnosis compares it with the database's.
file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/*.sql)
list(SORT migrations)
list(GET migrations -1 newest)
get_filename_component(newest ${newest} NAME)
string(REGEX MATCH "^[0-9]+" newest ${newest})
set_source_files_properties(${dir}/check_inside.c PROPERTIES COMPILE_DEFINITIONS "VA_SCHEMA=\"${newest}\"")
