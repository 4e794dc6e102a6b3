# Warnings, sanitizers, ccache and the linker: everything that is said to the compiler is said here.
find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
        ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wconversion
                    -Wno-sign-conversion -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports these two wrongly inside libstdc++ once it inlines; the sanitizers see the real ones.
    add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-restrict -fpch-preprocess)
endif()
add_compile_definitions(_GNU_SOURCE)

if(WARREN_SANITIZE)
    add_compile_options(-fsanitize=${WARREN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${WARREN_SANITIZE})
endif()
if(WARREN_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(LLD ld.lld)
if(LLD)
    add_link_options(-fuse-ld=lld)
endif()
