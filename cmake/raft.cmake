# libraft, as the target raft::raft. From the archive where there is one (Debian's libraft-dev has it): of the library's parts only
# those are taken that need nothing but libc, so a package of ours depends neither on backports nor on libuv and LZ4.
pkg_check_modules(raft QUIET raft>=0.22)
if(NOT raft_FOUND)
    execute_process(COMMAND ${PKG_CONFIG_EXECUTABLE} --modversion raft OUTPUT_VARIABLE raft_found_version
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(raft_found_version)
        set(raft_found "What is installed is ${raft_found_version}.")
    else()
        set(raft_found "None is installed.")
    endif()
    message(FATAL_ERROR
        "libraft 0.22 or newer is needed (pkg-config: raft). ${raft_found}\n"
        "Debian 13 has it in libraft-dev. Debian 12 has 0.15 there, which lacks what is used and fixes for safety; its backports "
        "have 0.22. tools/install_packages.sh installs the right one; by hand, once bookworm-backports is among the sources: "
        "apt-get install libraft-dev/bookworm-backports libraft0/bookworm-backports")
endif()

find_library(WARREN_RAFT_LIBRARY NAMES libraft.a raft HINTS ${raft_LIBRARY_DIRS} ${raft_LIBDIR} REQUIRED)
find_path(WARREN_RAFT_INCLUDE_DIR raft.h HINTS ${raft_INCLUDE_DIRS} ${raft_INCLUDEDIR} REQUIRED)
add_library(raft::raft UNKNOWN IMPORTED)
set_target_properties(raft::raft PROPERTIES IMPORTED_LOCATION ${WARREN_RAFT_LIBRARY}
                      INTERFACE_INCLUDE_DIRECTORIES ${WARREN_RAFT_INCLUDE_DIR})
